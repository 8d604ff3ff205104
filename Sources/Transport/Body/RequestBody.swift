import HTTPTypes
import NIOCore

/// The bytes of a request's body as they arrive, still in their content coding.
///
/// Reading is what gives the client leave to send more: a handler that does not read stalls its own stream, no other.
/// A body has one reader; iterating a second time continues where the first stopped.
public struct RequestBody: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    let pipe: BodyPipe
    /// The most bytes that are taken, as sent (compressed).
    let maximumBytes: Int
    /// The value of `Content-Length`, when there is one.
    let declaredBytes: Int?

    package init(pipe: BodyPipe, maximumBytes: Int, declaredBytes: Int?) {
        self.pipe = pipe
        self.maximumBytes = maximumBytes
        self.declaredBytes = declaredBytes
    }

    /// A body that is there already, for tests of handlers.
    public init(_ bytes: [UInt8], maximumBytes: Int = 16 << 20) {
        let pipe = BodyPipe { _ in }
        _ = pipe.append(ByteBuffer(bytes: bytes), credit: 0)
        pipe.finish()
        self.init(pipe: pipe, maximumBytes: maximumBytes, declaredBytes: bytes.count)
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let body: RequestBody
        private var received = 0

        init(body: RequestBody) { self.body = body }

        /// The next bytes; nil at the end.
        /// - Throws: ``ProblemResponse`` (413 above the limit, 408 when the client stops sending),
        ///   `CancellationError` when the client has gone or the deadline has passed.
        public mutating func next() async throws -> ByteBuffer? {
            if let declared = body.declaredBytes, declared > body.maximumBytes { throw tooLarge() }
            guard let bytes = try await body.pipe.next() else { return nil }
            received += bytes.readableBytes
            if received > body.maximumBytes { throw tooLarge() }
            return bytes
        }

        private func tooLarge() -> ProblemResponse {
            .contentTooLarge("the request body exceeds \(body.maximumBytes) bytes, the limit for a body as sent")
        }
    }
}
