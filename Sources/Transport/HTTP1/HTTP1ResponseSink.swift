import HTTPTypes
import NIOCore

/// A request's way back through its HTTP/1.1 connection. Hops to the loop for every call.
struct HTTP1ResponseSink: ResponseSink {
    let handler: NIOLoopBound<HTTP1ServerHandler>
    let request: Int

    func start(_ head: HTTPResponse, body: ByteBuffer?, isComplete: Bool) async throws {
        try await onLoop { $0.start(request, head, body: body, isComplete: isComplete, $1) }
    }

    func send(_ bytes: ByteBuffer) async throws {
        try await onLoop { $0.send(request, bytes, $1) }
    }

    func finish() async throws {
        try await onLoop { $0.finish(request, $1) }
    }

    func abort() {
        handler.eventLoop.execute { handler.value.abort(request) }
    }

    private func onLoop(
        _ operation: @escaping @Sendable (HTTP1ServerHandler, CheckedContinuation<Void, any Error>) -> Void
    ) async throws {
        try await withCheckedThrowingContinuation { continuation in
            handler.eventLoop.execute { operation(handler.value, continuation) }
        }
    }
}
