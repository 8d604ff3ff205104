/// The address of a service: `http://host[:port][/prefix]`, or `https://` for TLS.
public struct ServerURL: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    public let port: Int
    /// Whether it speaks TLS.
    public let isSecure: Bool
    /// What every path is appended to; empty, or beginning and not ending with `/`.
    public let prefix: String

    /// - Throws: ``TransportError`` `invalidURL` saying what is wrong.
    public init(_ text: String) throws(TransportError) {
        func invalid(_ why: String) -> TransportError {
            TransportError(
                code: .invalidURL, call: "'\(text)'", attempts: 0, elapsed: .zero,
                detail: "\(why); a server URL is http://host:port or https://host:port")
        }
        guard let separator = text.firstRange(of: "://") else {
            throw invalid("there is no http:// or https:// in front")
        }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard ["http", "https"].contains(scheme) else { throw invalid("the scheme is '\(scheme)'") }
        isSecure = scheme == "https"
        let rest = text[separator.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var authority = rest[..<slash]
        var prefix = String(rest[slash...])
        while prefix.hasSuffix("/") { prefix.removeLast() }
        guard !rest.contains("?"), !rest.contains("#") else { throw invalid("it has a query or a fragment") }
        guard !authority.contains("@") else { throw invalid("it has a user name") }

        var port = isSecure ? 443 : 80
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65535).contains(number) else {
                throw invalid("the port is not a number from 1 to 65535")
            }
            port = number
            authority = authority[..<colon]
        }
        if authority.hasPrefix("["), authority.hasSuffix("]") { authority = authority.dropFirst().dropLast() }
        guard !authority.isEmpty, authority.allSatisfy({ !$0.isWhitespace }) else { throw invalid("the host is empty") }
        host = String(authority)
        self.port = port
        self.prefix = prefix
    }

    /// Host and port as `:authority` carries them.
    public var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// As requests carry it in `:scheme`.
    var scheme: String { isSecure ? "https" : "http" }

    public var description: String { "\(scheme)://\(authority)\(prefix)" }
}
