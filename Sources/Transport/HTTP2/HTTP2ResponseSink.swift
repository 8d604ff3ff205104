import HTTPTypes
import NIOCore

/// A request's way back through its HTTP/2 stream. Hops to the loop for every call.
struct HTTP2ResponseSink: ResponseSink {
    let handler: NIOLoopBound<HTTP2ServerHandler>
    let stream: Int32

    func start(_ head: HTTPResponse, body: ByteBuffer?, isComplete: Bool) async throws {
        try await onLoop { $0.start(stream, head, body: body, isComplete: isComplete, $1) }
    }

    func send(_ bytes: ByteBuffer) async throws {
        try await onLoop { $0.send(stream, bytes, $1) }
    }

    func finish() async throws {
        try await onLoop { $0.finish(stream, $1) }
    }

    func abort() {
        handler.eventLoop.execute { handler.value.abort(stream) }
    }

    private func onLoop(
        _ operation: @escaping @Sendable (HTTP2ServerHandler, CheckedContinuation<Void, any Error>) -> Void
    ) async throws {
        try await withCheckedThrowingContinuation { continuation in
            handler.eventLoop.execute { operation(handler.value, continuation) }
        }
    }
}
