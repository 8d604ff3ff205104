import Dispatch
import Reward
import ServiceAPI
import Synchronization

/// Scores the groups of a request within the service's limits, and counts them.
struct GroupScorer: Sendable {
    let functions: RewardRegistry
    let made: FunctionCache
    let limits: ScoringLimits
    let maximumItems: Int
    let metrics: RewardMetrics

    init(functions: RewardRegistry, limits: ScoringLimits, maximumItems: Int, metrics: RewardMetrics) {
        self.functions = functions
        made = FunctionCache(functions)
        self.limits = limits
        self.maximumItems = maximumItems
        self.metrics = metrics
    }

    /// - Parameter pointer: What holds the items.
    /// - Throws: `contentTooLarge` for more items than one request may have.
    func checkCount(_ items: Int, at pointer: String) throws(ProblemDetails) {
        guard items <= maximumItems else {
            throw ProblemDetails(
                kind: .contentTooLarge,
                detail: "the request has \(items) items; the limit maximumItems is \(maximumItems). Send it in parts",
                pointer: pointer)
        }
    }

    /// - Parameter name: The function's, for metrics.
    /// - Throws: `deadlineExceeded` when the caller has gone or no longer waits.
    func scores(
        of groups: [ScoreGroup], with function: any RewardFunction, name: String, deadline: ContinuousClock.Instant?
    ) async throws -> ScoreResponse {
        let start = ContinuousClock.now
        do {
            let response = try await scores(of: groups, with: function, deadline: deadline)
            metrics.record(response, function: name, duration: ContinuousClock.now - start)
            return response
        } catch is ScoringStopped {
            throw ProblemDetails(kind: .deadlineExceeded, detail: "scoring was not done when the deadline passed")
        }
    }

    /// Pairs of so many bytes times bytes take tens of milliseconds.
    private static let longWork = 1_000_000_000

    /// Whether comparing all texts may take long.
    private static func isLong(_ groups: [ScoreGroup]) -> Bool {
        var work = 0
        for group in groups {
            let expert = group.expert.utf8.count
            for text in group.actions ?? group.completions ?? [] { work += expert * text.utf8.count }
            if work > longWork { return true }
        }
        return false
    }

    private func scores(
        of groups: [ScoreGroup], with function: any RewardFunction, deadline: ContinuousClock.Instant?
    ) async throws -> ScoreResponse {
        guard function.mayWait || Self.isLong(groups) else {
            return try Scoring.score(groups, with: function, limits: limits) {
                Task.isCancelled || deadline.map { $0 <= .now } ?? false
            }
        }
        // The concurrency pool has as many threads as there are cores: waiting on them, or minutes of work, would hold up all other requests,
        // health checks too.
        let isCancelled = Mutex(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(
                        with: Result {
                            try Scoring.score(groups, with: function, limits: limits) {
                                isCancelled.withLock { $0 } || deadline.map { $0 <= .now } ?? false
                            }
                        })
                }
            }
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
    }
}
