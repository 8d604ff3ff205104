import ArgumentParser
import Transport

/// The options that every `serve` has.
public struct ServerOptions: ParsableArguments {
    @Option(help: "The address to listen on. (default: the configuration's, else 127.0.0.1)")
    public var host: String?

    @Option(help: "The port to listen on; 0 lets the system choose a free one.")
    public var port: Int?

    @Option(help: ArgumentHelp("A YAML configuration file; its keys are all optional.", valueName: "file"))
    public var config: String?

    @Option(
        help: ArgumentHelp(
            "Write {\"url\": \"http://host:port\"} to this file once requests are answered; removed on shutdown.",
            valueName: "file"))
    public var readyFile: String?

    @OptionGroup public var security: ServerSecurityOptions

    @Flag(help: "Listen off loopback although anybody who reaches the address could use the service.")
    public var insecure = false

    @Flag(help: "Print the configuration with its defaults and overrides as YAML, and end.")
    public var printConfig = false

    public init() {}

    public func validate() throws {
        if let port, !(0...65535).contains(port) {
            throw ValidationError("--port \(port) is not a port: 0 to 65535, and 0 for any free one")
        }
    }

    /// The configuration from `--config` and the environment, all defaults where there is neither.
    ///
    /// - Parameter environmentPrefix: `STEPWISE_REWARD` for `STEPWISE_REWARD_SERVER_PORT` and its like.
    public func loadConfiguration<T: Decodable>(
        as type: T.Type = T.self, environmentPrefix: String
    ) throws(ConfigurationError) -> T {
        let environment = EnvironmentOverrides(prefix: environmentPrefix)
        guard let config else {
            return try StrictConfiguration.decode("", as: type, source: "the environment", environment: environment)
        }
        return try StrictConfiguration.load(config, as: type, environment: environment)
    }

    /// Where and how to listen: the command line goes before the configuration.
    ///
    /// - Throws: ``CommandFailure`` when an address off loopback is asked for without tokens, mutual TLS or `--insecure`, a setting makes no
    ///   sense, or a file cannot be used.
    public func serverConfiguration(
        _ settings: ServerSettings = ServerSettings(), defaultPort: Int
    ) throws(CommandFailure) -> HTTPServerConfiguration {
        let settings = try security.applied(to: settings)
        let host = host ?? settings.host ?? "127.0.0.1"
        let port = port ?? settings.port ?? defaultPort
        guard (0...65535).contains(port) else {
            throw CommandFailure(
                "'server.port' must be 0 to 65535 (0 for any free one), and is \(port)", exitStatus: .configuration)
        }
        guard insecure || settings.knowsItsClients || Self.isLoopback(host) else {
            throw CommandFailure(
                """
                will not listen on \(host): whoever reaches that address could use the service. Ask for tokens (--token-file) or client \
                certificates (--client-ca-file), pass --insecure if the network is private, or listen on 127.0.0.1.
                """, exitStatus: .configuration)
        }
        return try settings.configuration(host: host, port: port)
    }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
