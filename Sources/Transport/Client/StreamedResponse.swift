import HTTPTypes
import NIOCore

/// An answer whose body is read while it arrives. Reading is what lets the server send more. Read it to its end or
/// ``ResponseBody/cancel()`` it, or its stream stays open.
public struct StreamedResponse: Sendable {
    public let status: HTTPResponse.Status
    public let headers: HTTPFields
    /// The server that answers.
    public let server: String
    public let body: ResponseBody
}

/// The bytes of an answer as they arrive. One reader.
public struct ResponseBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    let exchange: ClientExchange
    let progress: CallProgress

    /// The rest is no longer wanted: the server is told (RST_STREAM), and cancels its work.
    public func cancel() { exchange.cancel() }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let body: ResponseBody

        /// The next bytes; nil at the end of the answer.
        /// - Throws: ``TransportError`` when the answer breaks off, or the task is cancelled (which cancels the call).
        public mutating func next() async throws -> [UInt8]? {
            do {
                return try await body.exchange.pipe.next().map { Array($0.readableBytesView) }
            } catch let failure as AttemptFailure {
                throw body.progress.error(failure)
            } catch {
                body.cancel()
                throw body.progress.error(.cancelled, "the caller cancelled it")
            }
        }
    }

    /// The answer's lines, without their ends, as text: for JSON lines.
    /// - Parameter maximumBytes: of a line.
    public func lines(maximumBytes: Int = 1 << 20) -> ResponseLines {
        ResponseLines(body: self, maximumBytes: maximumBytes)
    }
}

/// The lines of an answer as they arrive.
public struct ResponseLines: AsyncSequence, Sendable {
    public typealias Element = String

    let body: ResponseBody
    let maximumBytes: Int

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(bytes: body.makeAsyncIterator(), body: body, maximumBytes: maximumBytes)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        var bytes: ResponseBody.AsyncIterator
        let body: ResponseBody
        let maximumBytes: Int
        private var pending: [UInt8] = []
        private var scanned = 0
        private var hasEnded = false

        init(bytes: ResponseBody.AsyncIterator, body: ResponseBody, maximumBytes: Int) {
            self.bytes = bytes
            self.body = body
            self.maximumBytes = maximumBytes
        }

        /// The next line; nil at the end.
        /// - Throws: ``TransportError``, also for a line that is too long.
        public mutating func next() async throws -> String? {
            while true {
                if let end = pending[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
                    let line = String(decoding: pending[..<end], as: UTF8.self)
                    pending.removeSubrange(...end)
                    scanned = 0
                    return line
                }
                scanned = pending.count
                guard pending.count <= maximumBytes else {
                    body.cancel()
                    throw body.progress.error(
                        .responseTooLarge, "a line of the answer exceeds \(maximumBytes) bytes")
                }
                if hasEnded { break }
                guard let more = try await bytes.next() else {
                    hasEnded = true
                    break
                }
                pending += more
            }
            guard !pending.isEmpty else { return nil }
            defer {
                pending = []
                scanned = 0
            }
            return String(decoding: pending, as: UTF8.self)
        }
    }
}
