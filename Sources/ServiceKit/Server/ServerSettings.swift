import Logging
import ServiceAPI
import Transport
import TransportTLS

/// The `server` section of a service's configuration. Whatever is left out is as Transport has it.
public struct ServerSettings: Codable, Sendable, Equatable {
    public var host: String?
    public var port: Int?
    /// Bytes of a request body as sent (compressed).
    public var maximumBodyBytes: Int?
    /// Bytes of a request body once decompressed.
    public var maximumExpandedBytes: Int?
    /// Streams that one HTTP/2 connection may have open.
    public var maximumConcurrentStreams: Int?
    /// Requests worked on at one time; beyond it 503.
    public var maximumRunningRequests: Int?
    public var maximumConnections: Int?
    /// The longest that a request may take, in seconds.
    public var requestTimeoutSeconds: Double?
    /// What a shutdown leaves to requests under way, in seconds.
    public var drainSeconds: Double?
    /// Bearer tokens; without it, none is asked for.
    public var tokenFile: String?
    /// Without it, connections are not encrypted.
    public var tls: TLSServerFiles?
    /// Whether `/metrics` is answered without a token, too.
    public var openMetrics: Bool?
    public var perClient: ClientLimitSettings?
    /// Whether each finished request gets a log line of the level info, not debug.
    public var accessLog: Bool?

    public init() {}

    /// - Throws: ``CommandFailure`` naming the key when a value makes no sense.
    func configuration(host: String, port: Int) throws(CommandFailure) -> HTTPServerConfiguration {
        var result = HTTPServerConfiguration(host: host, port: port)
        try Self.set(&result.limits.maximumBodyBytes, maximumBodyBytes, "maximumBodyBytes")
        try Self.set(&result.limits.maximumExpandedBytes, maximumExpandedBytes, "maximumExpandedBytes")
        try Self.set(&result.limits.maximumConcurrentStreams, maximumConcurrentStreams, "maximumConcurrentStreams")
        try Self.set(&result.limits.maximumRunningRequests, maximumRunningRequests, "maximumRunningRequests")
        try Self.set(&result.limits.maximumConnections, maximumConnections, "maximumConnections")
        try Self.set(&result.timeouts.request, requestTimeoutSeconds, "requestTimeoutSeconds")
        try Self.set(&result.timeouts.drainGrace, drainSeconds, "drainSeconds")
        if accessLog == true { result.accessLogLevel = .info }
        let limits = try perClient?.limits() ?? ClientLimits()
        do throws(SecretFileError) {
            try protect(&result, limits)
        } catch {
            throw CommandFailure(error.description, exitStatus: error.exitStatus)
        }
        return result
    }

    private func protect(
        _ configuration: inout HTTPServerConfiguration, _ limits: ClientLimits
    ) throws(SecretFileError) {
        if tokenFile != nil || perClient != nil {
            // A browser has no token to show for the page; what the page asks for needs one.
            var open: Set<String> = [ServicePath.root, ServicePath.health, ServicePath.readiness]
            if openMetrics == true { open.insert(ServicePath.metrics) }
            configuration.access = try AccessControl(tokenFile: tokenFile, openPaths: open, limits: limits)
        }
        if let tls { configuration.encryption = try TLSServer(tls) }
    }

    /// Whether nobody gets in without having shown who they are.
    var knowsItsClients: Bool { tokenFile != nil || tls?.clientCaFile != nil }

    private static func set(_ target: inout Int, _ value: Int?, _ key: String) throws(CommandFailure) {
        guard let value else { return }
        guard value > 0 else { throw refusal(key, "\(value)") }
        target = value
    }

    private static func set(_ target: inout Duration, _ value: Double?, _ key: String) throws(CommandFailure) {
        guard let value else { return }
        guard value > 0, value <= 86_400 * 365 else { throw refusal(key, "\(value)") }
        target = .seconds(value)
    }

    private static func refusal(_ key: String, _ value: String) -> CommandFailure {
        CommandFailure("'server.\(key)' must be greater than 0, and is \(value)", exitStatus: .configuration)
    }
}
