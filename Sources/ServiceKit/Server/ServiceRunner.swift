import Logging
import ServiceAPI
import ServiceLifecycle
import Transport
import UnixSignals

/// Runs a service: listens, says so, answers until SIGTERM or SIGINT, then finishes what is under way and ends. A second signal ends the
/// process at once.
public struct ServiceRunner: Sendable {
    public let configuration: HTTPServerConfiguration
    public let readyFile: String?
    public let registry: PrometheusRegistry
    public let logger: Logger

    public init(
        configuration: HTTPServerConfiguration, readyFile: String? = nil,
        registry: PrometheusRegistry = PrometheusRegistry(), logger: Logger
    ) {
        self.configuration = configuration
        self.readyFile = readyFile
        self.registry = registry
        self.logger = logger
    }

    /// - Parameters:
    ///   - router: the service's own routes; `/healthz`, `/readyz` and `/metrics` are added.
    ///   - services: what runs beside the server, such as a queue of jobs; ended after it.
    ///   - readiness: whether the service takes work; asked by `/readyz`, except while it drains.
    /// - Throws: ``CommandFailure`` when the address cannot be had or the ready file cannot be written; what a service throws.
    public func run(
        _ router: Router, services: [any Service] = [],
        readiness: @escaping @Sendable () async -> Readiness = { .ready }
    ) async throws {
        let draining = DrainFlag()
        var router = router
        router.addHealthRoutes(registry: registry) {
            draining.isSet ? .notReady("the service is shutting down") : await readiness()
        }
        ProcessMetrics.register(in: registry)
        let server = HTTPServer(
            configuration: configuration, logger: logger, observer: ServerMetrics(registry: registry),
            handler: router.callAsFunction)
        let address: BoundAddress
        do {
            address = try await server.start()
        } catch let error as ServerError {
            throw CommandFailure(error.description, exitStatus: .operatingSystem)
        }
        let security = SecurityReloads(configuration, registry: registry, logger: logger)
        security.announce(isLoopback: ServerOptions.isLoopback(configuration.host))
        let file = readyFile.map(ReadyFile.init)
        do {
            try file?.write(address)
        } catch {
            await server.shutdown()
            throw error
        }
        defer { file?.remove() }
        let serving = DrainingServer(server: server) {
            draining.set()
            file?.remove()
            Signals.restoreDefaults()
        }
        var quiet = logger
        // Its "starting" and "shutting down" lines say what the server's own say.
        if quiet.logLevel >= .info { quiet.logLevel = .warning }
        let beside: [any Service] = security.hasFiles ? [security] + services : services
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: beside.map { .init(service: $0) }
                    + [.init(service: serving, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        try await group.run()
    }
}

/// The server as a service that says when shutdown begins.
private struct DrainingServer: Service, CustomStringConvertible {
    let server: HTTPServer
    let onShutdown: @Sendable () -> Void

    var description: String { "server" }

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await server.run()
        } onGracefulShutdown: {
            onShutdown()
        }
    }
}
