import NIOCore

/// What a server connection keeps about one stream. Confined to the connection's event loop.
final class HTTP2ServerStream {
    let exchange: ServerExchange
    let pipe: BodyPipe
    /// The client waits for `100 Continue` before it sends the body.
    var awaitsContinue: Bool
    var hasResponded = false
    /// The whole response is queued.
    var hasEnded = false
    /// Why the session is about to close the stream.
    var failureReason: String?
    private var blockedWriter: CheckedContinuation<Void, any Error>?
    /// How the client takes the response.
    var pace = TransferPace()
    private var sentSince: NIODeadline?

    init(exchange: ServerExchange, pipe: BodyPipe, awaitsContinue: Bool) {
        self.exchange = exchange
        self.pipe = pipe
        self.awaitsContinue = awaitsContinue
    }

    /// Holds the response's writer until the stream has room.
    func block(_ continuation: CheckedContinuation<Void, any Error>) {
        precondition(blockedWriter == nil, "a response has one writer")
        blockedWriter = continuation
    }

    func unblock() { blockedWriter.take()?.resume() }

    /// The stream is gone.
    func closed(_ reason: String) {
        blockedWriter.take()?.resume(throwing: ConnectionLost(reason: reason))
        exchange.lost(reason)
    }

    /// Whether the response has been out for longer than `limit` while the client still sends its request.
    func isLingering(buffered: Int, now: NIODeadline, limit: TimeAmount) -> Bool {
        guard hasEnded, buffered == 0 else { return false }
        let since = sentSince ?? now
        sentSince = since
        return now - since > limit
    }
}
