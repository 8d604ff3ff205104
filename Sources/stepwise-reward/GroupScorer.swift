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
        try await apart(where: function.mayWait || Self.isLong(groups), deadline: deadline) {
            [limits] shouldStop in try Scoring.score(groups, with: function, limits: limits, shouldStop: shouldStop)
        }
    }

    /// What is to be said of how a pair's score came about.
    func explanation(of group: ScoreGroup, score: ItemScore, by function: any RewardFunction) async throws
        -> ExplainResponse
    {
        try await apart(where: Self.isLong([group]), deadline: nil) { _ in
            Explaining.response(to: group, score: score, by: function)
        }
    }

    /// Does work that may take long on a thread of its own: the concurrency pool has as many as there are cores, and waiting on them, or minutes of
    /// work, would hold up all other requests, health checks too.
    private func apart<Value: Sendable>(
        where takesLong: Bool, deadline: ContinuousClock.Instant?,
        _ work: @escaping @Sendable (_ shouldStop: () -> Bool) throws -> Value
    ) async throws -> Value {
        guard takesLong else { return try work { Task.isCancelled || deadline.map { $0 <= .now } ?? false } }
        let isCancelled = Mutex(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(
                        with: Result {
                            try work { isCancelled.withLock { $0 } || deadline.map { $0 <= .now } ?? false }
                        })
                }
            }
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
    }
}
