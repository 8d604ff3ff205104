/// When a failed attempt is made again.
///
/// Retried are attempts of idempotent calls that failed on the way or were answered 429, 502, 503 or 504, and any
/// attempt that no server has acted on: no connection, REFUSED_STREAM, or 429 and 503 with `Retry-After`.
public struct RetryPolicy: Sendable, Equatable {
    /// How often a call is attempted at most; nil: until the deadline.
    public var maximumAttempts: Int?
    /// The ceiling of the first pause. It doubles with every attempt; the pause itself is drawn evenly between 0 and
    /// the ceiling ("full jitter"), so that clients that failed together do not come back together.
    public var baseDelay: Duration
    /// The highest ceiling.
    public var maximumDelay: Duration
    /// Retries as a share of calls, over all calls of a client, beyond a reserve of ``budgetReserve``: when many calls
    /// fail, retries must not multiply the load. Attempts that reached no server are free. A policy with
    /// ``maximumAttempts`` gives up when the budget is spent; one without waits `maximumDelay` instead.
    public var budgetRatio: Double
    public var budgetReserve: Int

    public init(
        maximumAttempts: Int? = 5, baseDelay: Duration = .milliseconds(100), maximumDelay: Duration = .seconds(5),
        budgetRatio: Double = 0.2, budgetReserve: Int = 10
    ) {
        self.maximumAttempts = maximumAttempts
        self.baseDelay = baseDelay
        self.maximumDelay = maximumDelay
        self.budgetRatio = budgetRatio
        self.budgetReserve = budgetReserve
    }

    /// Five attempts.
    public static let standard = RetryPolicy()
    /// Until the deadline: for a caller that has nothing better to do than to wait for the server to come back.
    public static let untilDeadline = RetryPolicy(maximumAttempts: nil)
    public static let none = RetryPolicy(maximumAttempts: 1)

    /// The ceiling of the pause after attempt number `attempt` (1-based).
    package func ceiling(afterAttempt attempt: Int) -> Duration {
        guard attempt < 40 else { return maximumDelay }
        return min(maximumDelay, baseDelay * (1 << (attempt - 1)))
    }
}

/// The allowance for retries of all calls of a client: a token bucket that calls fill and retries empty.
package struct RetryBudget {
    private let ratio: Double
    private let capacity: Double
    private var tokens: Double

    package init(_ policy: RetryPolicy) {
        ratio = policy.budgetRatio
        capacity = Double(policy.budgetReserve)
        tokens = capacity
    }

    /// A call begins.
    package mutating func deposit() { tokens = min(capacity, tokens + ratio) }

    /// Takes one retry out; false when none is left.
    package mutating func withdraw() -> Bool {
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
