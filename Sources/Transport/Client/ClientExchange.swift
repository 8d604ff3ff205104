import HTTPTypes
import NIOCore
import Synchronization

/// One attempt of a call on one HTTP/2 stream. The connection reports to it on its loop; the call waits on it in its
/// task.
final class ClientExchange: Sendable {
    private struct State {
        var head: HTTPResponse?
        var hasEnded = false
        var isClosed = false
        var failure: AttemptFailure?
        var isCancelled = false
        var waiter: CheckedContinuation<HTTPResponse, any Error>?
        var stream: StreamControl?
    }

    /// What the exchange asks of its stream; both hop to the connection's loop.
    struct StreamControl: Sendable {
        let consumed: @Sendable (Int) -> Void
        let cancel: @Sendable () -> Void
    }

    let request: HTTPRequest
    let body: ByteBuffer?
    private let deadline: ContinuousClock.Instant?
    private let released: @Sendable (ClientExchange, PoolState<Endpoint>.Verdict) -> Void
    private let state: Mutex<State>
    /// The pipe needs the exchange and the exchange the pipe: the pipe's demand goes through this.
    private let control: ControlBox
    let pipe: BodyPipe

    /// - Parameters:
    ///   - deadline: an exchange that is cancelled after it speaks against the server.
    ///   - released: called once, when the stream is over.
    init(
        request: HTTPRequest, body: ByteBuffer?, deadline: ContinuousClock.Instant?,
        released: @escaping @Sendable (ClientExchange, PoolState<Endpoint>.Verdict) -> Void
    ) {
        self.request = request
        self.body = body
        self.deadline = deadline
        self.released = released
        state = Mutex(State())
        let control = ControlBox()
        self.control = control
        pipe = BodyPipe { credit in
            if credit > 0 { control.value?.consumed(credit) }
        }
    }

    // MARK: The call's side

    /// The head of the answer.
    /// - Throws: ``AttemptFailure``; `CancellationError`, the stream then being cancelled.
    func response() async throws -> HTTPResponse {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<HTTPResponse, any Error>? in
                    if let head = state.head { return .success(head) }
                    if let failure = state.failure { return .failure(failure) }
                    if state.isCancelled || Task.isCancelled { return .failure(CancellationError()) }
                    state.waiter = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            cancel()
        }
    }

    /// The answer is no longer wanted: RST_STREAM, unless it is complete.
    func cancel() {
        let (waiter, control) = state.withLock { state in
            state.isCancelled = true
            return (state.waiter.take(), state.isClosed ? nil : state.stream)
        }
        waiter?.resume(throwing: CancellationError())
        let unread = pipe.abandon()
        if let control {
            if unread > 0 { control.consumed(unread) }
            control.cancel()
        }
    }

    // MARK: The connection's side, on its loop

    /// The request has a stream. False when it has been cancelled meanwhile.
    func started(_ stream: StreamControl) -> Bool {
        control.value = stream
        return state.withLock { state in
            state.stream = stream
            return !state.isCancelled
        }
    }

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    func received(_ head: HTTPResponse) {
        let waiter = state.withLock { state in
            state.head = head
            return state.waiter.take()
        }
        waiter?.resume(returning: head)
    }

    /// The answer is whole.
    func ended() {
        state.withLock { $0.hasEnded = true }
        pipe.finish()
    }

    /// The stream is over; `failure` says why, where the answer is not whole.
    func closed(_ failure: AttemptFailure) {
        let (waiter, verdict, isWhole) = state.withLock {
            state -> (CheckedContinuation<HTTPResponse, any Error>?, PoolState<Endpoint>.Verdict?, Bool) in
            guard !state.isClosed else { return (nil, nil, true) }
            state.isClosed = true
            state.stream = nil
            let isWhole = state.hasEnded && state.head != nil
            if !isWhole { state.failure = failure }
            return (state.waiter.take(), judge(state, failure), isWhole)
        }
        guard let verdict else { return }
        if !isWhole { pipe.fail(failure) }
        waiter?.resume(throwing: failure)
        released(self, verdict)
    }

    private func judge(_ state: State, _ failure: AttemptFailure) -> PoolState<Endpoint>.Verdict {
        if let head = state.head, state.hasEnded {
            return [502, 503, 504].contains(head.status.code) ? .failure(isConnectFailure: false) : .success
        }
        if state.isCancelled {
            guard let deadline, ContinuousClock.now >= deadline else { return .inconclusive }
            return .failure(isConnectFailure: false)
        }
        return failure.isServersFault ? .failure(isConnectFailure: failure.isConnectFailure) : .inconclusive
    }
}

private final class ControlBox: Sendable {
    private let stored = Mutex<ClientExchange.StreamControl?>(nil)
    var value: ClientExchange.StreamControl? {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}
