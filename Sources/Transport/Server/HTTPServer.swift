import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization

/// An HTTP server: HTTP/2 (prior knowledge, or ALPN under TLS) and HTTP/1.1 on one port.
///
/// ```swift
/// var router = Router()
/// router.on(.get, "/healthz") { _ in .text("ok\n") }
/// let server = HTTPServer(configuration: .init(port: 8080), logger: logger, handler: router.callAsFunction)
/// try await ServiceGroup(services: [server], gracefulShutdownSignals: [.sigterm], logger: logger).run()
/// ```
public final class HTTPServer: Service, Sendable {
    private enum State {
        case idle
        case starting
        case listening(any Channel)
        case stopped
    }

    private let configuration: HTTPServerConfiguration
    private let logger: Logger
    private let observer: (any ServerObserver)?
    private let runner: RequestRunner
    private let registry: ConnectionRegistry
    private let group: any EventLoopGroup
    private let state = Mutex<State>(.idle)

    /// - Parameters:
    ///   - group: the event loops of the server; the process's shared ones when left out.
    ///   - handler: answers the requests, off the event loops, many at a time.
    public init(
        configuration: HTTPServerConfiguration, logger: Logger, observer: (any ServerObserver)? = nil,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, handler: @escaping RequestHandler
    ) {
        self.configuration = configuration
        self.logger = logger
        self.observer = observer
        self.group = group
        registry = ConnectionRegistry(limit: configuration.limits.maximumConnections)
        runner = RequestRunner(
            configuration: configuration, logger: logger, observer: observer, handler: handler)
    }

    /// Requests whose handlers run now.
    public var runningRequests: Int { runner.gate.count }

    /// Bytes of request bodies that running requests hold, and of responses that clients have not taken.
    package var heldBytes: (bodies: Int, unsent: Int) { (runner.bodies.heldBytes, runner.unsent.heldBytes) }

    /// Connections open now.
    public var openConnections: Int { registry.count }

    /// Listens. Requests are answered from here on; call ``run()`` to serve until shutdown.
    /// - Returns: where the server listens, with the port that the system chose when the configured one is 0.
    /// - Throws: ``ServerError`` naming the address, when it cannot be had.
    @discardableResult
    public func start() async throws -> BoundAddress {
        try state.withLock { state in
            guard case .idle = state else { throw ServerError.startedTwice }
            state = .starting
        }
        DescriptorLimit.raise(forConnections: configuration.limits.maximumConnections, logger: logger)
        do {
            let channel = try await bootstrap().bind(host: configuration.host, port: configuration.port).get()
            state.withLock { $0 = .listening(channel) }
            let address = BoundAddress(
                host: configuration.host, port: channel.localAddress?.port ?? 0,
                isSecure: configuration.encryption != nil)
            logger.info("listening", metadata: ["address": "\(address.url)"])
            return address
        } catch {
            state.withLock { $0 = .stopped }
            throw ServerError.cannotListen(host: configuration.host, port: configuration.port, error)
        }
    }

    /// Serves until graceful shutdown or cancellation; starts to listen if ``start()`` has not been called.
    ///
    /// On graceful shutdown it stops listening, asks every connection to finish (GOAWAY in HTTP/2), and returns when
    /// all have, or when `timeouts.drainGrace` is over. On cancellation it closes them at once.
    public func run() async throws {
        if case .idle = state.withLock({ $0 }) { try await start() }
        await Self.untilShutdown()
        await stop(gracefully: !Task.isCancelled)
    }

    /// Stops a server that was only started: for tests and for owners that run no service group.
    public func shutdown() async { await stop(gracefully: true) }

    private static func untilShutdown() async {
        // Cancellation and graceful shutdown both end the wait; which one it was, the caller asks the task.
        _ = try? await gracefulShutdown()
    }

    private func stop(gracefully: Bool) async {
        let listener = state.withLock { state -> (any Channel)? in
            defer { state = .stopped }
            if case .listening(let channel) = state { return channel }
            return nil
        }
        guard let listener else { return }
        // Closing fails only when it is closed already, which is what is wanted.
        try? await listener.close().get()
        registry.drain()
        if gracefully {
            logger.info("draining", metadata: ["connections": "\(registry.count)"])
        } else {
            registry.terminate()
        }
        let grace = group.next().scheduleTask(in: TimeAmount(configuration.timeouts.drainGrace)) {
            [registry, logger, configuration] in
            logger.warning(
                "closing connections that did not finish within \(configuration.timeouts.drainGrace.readable)",
                metadata: ["connections": "\(registry.count)"])
            registry.terminate()
        }
        await registry.allClosed()
        grace.cancel()
        logger.info("stopped")
    }

    // MARK: Connections

    private func bootstrap() -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { self.adopt($0) }
    }

    /// Serves a connection. Called for every one that is accepted; tests and fuzzers bring channels of their own. On its loop.
    package func adopt(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard registry.add(channel) else {
            logger.warning("connection refused: too many are open", metadata: ["limit": "\(registry.count)"])
            return channel.eventLoop.makeFailedFuture(ServerError.tooManyConnections)
        }
        observer?.connectionOpened()
        channel.closeFuture.whenComplete { [observer] _ in observer?.connectionClosed() }
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try runner.configuration.encryption?.secure(pipeline)
            let sniffer = ProtocolSniffer(timeouts: runner.configuration.timeouts) { [runner] verdict, context in
                try Self.install(verdict, context, runner)
            } failed: { [runner] error, context in
                Self.connectionFailed(error, context, runner)
            }
            try pipeline.addHandler(sniffer)
        }
    }

    private static func install(
        _ verdict: PrefaceMatcher.Verdict, _ context: ChannelHandlerContext, _ runner: RequestRunner
    ) throws {
        let pipeline = context.pipeline.syncOperations
        let peer = Peer(
            context.remoteAddress, certificateName: runner.configuration.encryption?.clientName(pipeline))
        switch verdict {
        case .undecided: preconditionFailure("the protocol is not known yet")
        case .http2:
            try pipeline.addHandler(HTTP2ServerHandler(runner: runner, peer: peer))
        case .http1:
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderListSize = runner.configuration.limits.maximumHeaderBytes
            limits.maxHeaderFieldSize = runner.configuration.limits.maximumHeaderBytes
            var framing = HTTPResponseEncoder.Configuration()
            framing.automaticallySetFramingHeaders = false
            try pipeline.addHandlers([
                HTTPResponseEncoder(configuration: framing),
                ByteToMessageHandler(
                    HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)),
                HTTP1ServerHandler(runner: runner, peer: peer),
            ])
        }
    }

    /// A connection came to nothing before its first request: a certificate that is not believed, or no TLS at all.
    private static func connectionFailed(
        _ error: any Error, _ context: ChannelHandlerContext, _ runner: RequestRunner
    ) {
        let encryption = runner.configuration.encryption
        guard let reason = encryption?.reason(for: error, context.pipeline.syncOperations) else { return }
        runner.observer?.handshakeFailed()
        runner.logger.info(
            "TLS handshake failed",
            metadata: ["cause": "\(reason)", "client": "\(context.remoteAddress?.description ?? "")"])
    }
}
