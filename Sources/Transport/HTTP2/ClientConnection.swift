import NIOCore
import NIOPosix

/// A connection that calls can be sent over, from any thread.
struct ClientConnection: Sendable {
    private let handler: NIOLoopBound<HTTP2ClientHandler>

    init(_ handler: NIOLoopBound<HTTP2ClientHandler>) { self.handler = handler }

    func submit(_ exchange: ClientExchange) {
        handler.eventLoop.execute { handler.value.submit(exchange) }
    }

    /// Ends the connection once its calls are over.
    func close() {
        handler.eventLoop.execute { handler.value.close() }
    }

    /// Connects, and reports what becomes of it: `.ready`, or `.failed` exactly once.
    static func connect(
        to endpoint: Endpoint, group: any EventLoopGroup, timeout: Duration, keepAlive: Duration,
        encryption: (any ClientEncryption)?, report: @escaping @Sendable (ClientConnectionEvent) -> Void
    ) {
        ClientBootstrap(group: group)
            .connectTimeout(TimeAmount(timeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    let encryption = endpoint.url.isSecure ? encryption : nil
                    try encryption?.secure(pipeline, host: endpoint.url.host)
                    try pipeline.addHandler(
                        HTTP2ClientHandler(
                            settingsTimeout: timeout, keepAlive: keepAlive,
                            explain: { error, context in
                                encryption?.failure(
                                    for: error, host: endpoint.url.host, context.pipeline.syncOperations)
                            }, report: report))
                }
            }
            .connect(to: endpoint.address)
            .whenFailure { error in report(.failed(failure(error, timeout))) }
    }

    private static func failure(_ error: any Error, _ timeout: Duration) -> AttemptFailure {
        switch error {
        case ChannelError.connectTimeout:
            return AttemptFailure(
                .connectTimeout, "no connection within \(timeout.readable)", isConnectFailure: true)
        case let error as IOError:
            switch SystemErrno(error.errnoCode) {
            case .connectionRefused:
                return AttemptFailure(
                    .connectionRefused, "connection refused (is the server running there?)", isConnectFailure: true)
            case .unreachable:
                return AttemptFailure(.connectFailed, "the host cannot be reached", isConnectFailure: true)
            default: return AttemptFailure(.connectFailed, error.description, isConnectFailure: true)
            }
        default: return AttemptFailure(.connectFailed, "\(error)", isConnectFailure: true)
        }
    }
}
