import Synchronization

/// What a call knows of itself, for its errors: kept outside of the attempts, because the deadline may cut these off at any
/// moment.
final class CallProgress: Sendable {
    private struct State {
        var attempts = 0
        var server: ServerURL
        var lastFailure: String?
    }

    let deadline: ContinuousClock.Instant
    private let method: String
    private let path: String
    private let budget: Duration
    private let began = ContinuousClock.now
    private let state: Mutex<State>

    init(method: String, path: String, firstServer: ServerURL, budget: Duration) {
        self.method = method
        self.path = path
        self.budget = budget
        deadline = began + budget
        state = Mutex(State(server: firstServer))
    }

    var remaining: Duration { deadline - .now }

    var attempts: Int { state.withLock { $0.attempts } }

    /// The server that was asked last.
    var server: ServerURL { state.withLock { $0.server } }

    func attemptBegan() { state.withLock { $0.attempts += 1 } }

    func asks(_ server: ServerURL) { state.withLock { $0.server = server } }

    func failed(_ detail: String) { state.withLock { $0.lastFailure = detail } }

    func error(_ failure: AttemptFailure) -> TransportError { error(failure.code, failure.detail) }

    func error(_ code: TransportError.Code, _ detail: String) -> TransportError {
        let (attempts, server) = state.withLock { ($0.attempts, $0.server) }
        return TransportError(
            code: code, call: "\(method) \(server)\(path)", attempts: attempts, elapsed: .now - began, detail: detail)
    }

    func deadlinePassed() -> TransportError {
        let what =
            remaining > .zero
            ? "no time for another attempt was left within the deadline of \(budget.readable)"
            : "the deadline of \(budget.readable) passed"
        let last = state.withLock { $0.lastFailure }
        return error(.deadlineExceeded, what + (last.map { "; before that: \($0)" } ?? " without an answer"))
    }
}

extension ContinuousClock.Instant {
    static func - (later: Self, earlier: Self) -> Duration { earlier.duration(to: later) }
}
