import NIOCore
import Synchronization

/// Carries a body from an event loop (writer) to a task (reader), with back-pressure.
///
/// The writer never waits: it is bounded by the credit that it has handed out (an HTTP/2 window, or reads from an
/// HTTP/1.1 socket). Each read reports the credit it frees, and each wait reports 0, so that the connection can ask
/// for more or send `100 Continue`.
package final class BodyPipe: Sendable {
    private struct State {
        var queue = BodyQueue()
        var reader: CheckedContinuation<ByteBuffer?, any Error>?
        var waitingSince: NIODeadline?
        /// How long readers have waited before.
        var waited = TimeAmount.zero
        var receivedBytes = 0

        mutating func endWait() {
            guard let since = waitingSince else { return }
            waited = waited + (.now() - since)
            waitingSince = nil
        }
    }

    private let state = Mutex(State())
    private let demand: @Sendable (_ freedCredit: Int) -> Void

    /// - Parameter demand: called, on any thread, with the credit that a read has freed, or with 0 when the reader
    ///   found nothing and waits.
    package init(demand: @escaping @Sendable (_ freedCredit: Int) -> Void) {
        self.demand = demand
    }

    /// Bytes that arrived and were not read yet.
    package var bufferedBytes: Int { state.withLock { $0.queue.bufferedBytes } }

    // MARK: Writer, on the loop

    /// Adds bytes. Returns the credit that the writer may reuse at once, because nobody will read the bytes.
    package func append(_ bytes: ByteBuffer, credit: Int) -> Int {
        let (reader, result, spare) = state.withLock {
            state -> (CheckedContinuation<ByteBuffer?, any Error>?, BodyQueue.Next, Int) in
            state.receivedBytes += bytes.readableBytes
            let spare = state.queue.append(bytes, credit: credit)
            guard spare == 0, state.reader != nil else { return (nil, .wait, spare) }
            let next = state.queue.next()
            if case .wait = next { return (nil, .wait, spare) }
            state.endWait()
            return (state.reader.take(), next, spare)
        }
        if let reader, case .chunk(let bytes, let credit) = result {
            reader.resume(returning: bytes)
            demand(credit)
        }
        return spare
    }

    /// The body is complete.
    package func finish() {
        let reader = state.withLock { state in
            state.queue.finish()
            state.waitingSince = nil
            return state.reader.take()
        }
        reader?.resume(returning: nil)
    }

    /// The body broke off; the reader gets `error` after what had arrived.
    package func fail(_ error: any Error) {
        let reader = state.withLock { state in
            state.queue.fail(error)
            state.waitingSince = nil
            return state.reader.take()
        }
        reader?.resume(throwing: error)
    }

    /// Since when a reader has waited for bytes that do not come; nil when none waits.
    package var waitingSince: NIODeadline? { state.withLock { $0.waitingSince } }

    /// How long readers have waited in all, and how many bytes have come.
    var progress: (waited: TimeAmount, receivedBytes: Int) {
        state.withLock { state in
            let now = state.waitingSince.map { NIODeadline.now() - $0 } ?? .zero
            return (state.waited + now, state.receivedBytes)
        }
    }

    // MARK: Reader

    /// The next bytes; nil at the end.
    /// - Throws: the writer's failure, or `CancellationError`.
    package func next() async throws -> ByteBuffer? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let next = state.withLock { state -> BodyQueue.Next? in
                    precondition(state.reader == nil, "a body has one reader")
                    if Task.isCancelled { return nil }
                    let next = state.queue.next()
                    if case .wait = next {
                        state.reader = continuation
                        state.waitingSince = .now()
                    }
                    return next
                }
                switch next {
                case .none: continuation.resume(throwing: CancellationError())
                case .chunk(let bytes, let credit):
                    continuation.resume(returning: bytes)
                    demand(credit)
                case .end: continuation.resume(returning: nil)
                case .failed(let error): continuation.resume(throwing: error)
                case .wait: demand(0)
                }
            }
        } onCancel: {
            let reader = state.withLock { state in
                state.waitingSince = nil
                return state.reader.take()
            }
            reader?.resume(throwing: CancellationError())
        }
    }

    /// Nobody will read any more: returns the credit of what was left unread, now and for what still arrives.
    package func abandon() -> Int {
        let (reader, credit) = state.withLock { state in
            (state.reader.take(), state.queue.abandon())
        }
        reader?.resume(returning: nil)
        return credit
    }
}
