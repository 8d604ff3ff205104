import NIOCore

/// Where a server listens.
public struct BoundAddress: Sendable, Hashable {
    public let host: String
    public let port: Int
    /// Whether it speaks TLS.
    public let isSecure: Bool

    public init(host: String, port: Int, isSecure: Bool = false) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
    }

    /// As clients write it: `http://127.0.0.1:8080`.
    public var url: String {
        let scheme = isSecure ? "https" : "http"
        return host.contains(":") ? "\(scheme)://[\(host)]:\(port)" : "\(scheme)://\(host):\(port)"
    }
}

/// Why a server cannot serve.
public enum ServerError: Error, CustomStringConvertible {
    /// The address is in use, is not this machine's, or may not be used by this user.
    case cannotListen(host: String, port: Int, any Error)
    case startedTwice
    case tooManyConnections

    public var description: String {
        switch self {
        case .cannotListen(let host, let port, let error):
            return "cannot listen on \(host) port \(port): \(Self.reason(for: error))"
        case .startedTwice: return "the server was started twice"
        case .tooManyConnections: return "too many connections are open"
        }
    }

    private static func reason(for error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        switch SystemErrno(error.errnoCode) {
        case .addressInUse:
            return "the port is in use by another process; stop that process or choose another port (0 = any free one)"
        case .addressNotAvailable: return "this machine has no such address"
        case .accessDenied: return "not permitted; ports below 1024 need privileges"
        default: return error.description
        }
    }
}
