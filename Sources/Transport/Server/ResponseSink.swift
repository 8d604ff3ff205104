import HTTPTypes
import NIOCore

/// Where a response goes: one request's side of a connection, whatever its protocol. Called on any thread; the
/// implementation hops to the connection's loop. Once the stream has closed, every call throws
/// ``ConnectionLost``.
protocol ResponseSink: Sendable {
    /// Sends the head and, where it is known already, the whole body.
    func start(_ head: HTTPResponse, body: ByteBuffer?, isComplete: Bool) async throws
    /// Sends a piece of the body; returns when there is room for more.
    func send(_ bytes: ByteBuffer) async throws
    /// Completes the body.
    func finish() async throws
    /// Breaks the response off, so that the client sees that it is not whole.
    func abort()
}
