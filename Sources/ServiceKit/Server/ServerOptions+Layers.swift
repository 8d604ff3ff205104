import Transport

extension ServerOptions {
    /// The configuration of a service: what the command line says goes before the environment, that before the file, that before the defaults.
    ///
    /// - Parameters:
    ///   - environmentPrefix: `STEPWISE_REWARD` for `STEPWISE_REWARD_SERVER_PORT` and its like.
    ///   - server: where the type has the section `server`.
    public func loadLayers<T: Decodable>(
        as type: T.Type = T.self, environmentPrefix: String, server: WritableKeyPath<T, ServerSettings>
    ) throws -> LoadedConfiguration<T> {
        var loaded = try StrictConfiguration.loadLayers(
            config, as: type, environment: EnvironmentOverrides(prefix: environmentPrefix))
        loaded.override(
            server.appending(path: \.host), with: host.map(Optional.some), key: "server.host", flag: "--host")
        loaded.override(
            server.appending(path: \.port), with: port.map(Optional.some), key: "server.port", flag: "--port")
        loaded.override(
            server.appending(path: \.tokenFile), with: security.tokenFile.map(Optional.some), key: "server.tokenFile",
            flag: "--token-file")
        if security.namesTLS {
            loaded.override(
                server.appending(path: \.tls), with: try security.applied(to: loaded.value[keyPath: server]).tls,
                key: "server.tls", flag: "--certificate-file, --key-file or --client-ca-file")
        }
        return loaded
    }

    /// Prints a configuration for `--print-config`, with what the server itself takes for what is left out.
    public func print<T: Encodable>(
        _ loaded: LoadedConfiguration<T>, server: WritableKeyPath<T, ServerSettings>, defaultPort: Int
    ) throws {
        var shown = loaded.value
        shown[keyPath: server] = try shown[keyPath: server].filled(defaultPort: defaultPort)
        Swift.print(try AnnotatedConfiguration.yaml(of: shown, origins: loaded.origins), terminator: "")
        loaded.warn()
    }
}

extension ServerSettings {
    /// All that is left out, as it will be.
    func filled(defaultPort: Int) throws(CommandFailure) -> ServerSettings {
        let configuration = try configuration(host: host ?? "127.0.0.1", port: port ?? defaultPort)
        var result = self
        result.host = configuration.host
        result.port = configuration.port
        result.maximumBodyBytes = configuration.limits.maximumBodyBytes
        result.maximumExpandedBytes = configuration.limits.maximumExpandedBytes
        result.maximumConcurrentStreams = configuration.limits.maximumConcurrentStreams
        result.maximumRunningRequests = configuration.limits.maximumRunningRequests
        result.maximumConnections = configuration.limits.maximumConnections
        result.requestTimeoutSeconds = configuration.timeouts.request / .seconds(1)
        result.drainSeconds = configuration.timeouts.drainGrace / .seconds(1)
        result.accessLog = accessLog ?? false
        result.openMetrics = openMetrics ?? false
        return result
    }
}
