import Dispatch
import HTTPTypes
import Reward
import ServiceAPI
import Synchronization
import Transport

/// What the service answers.
struct RewardRoutes: Sendable {
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

    var router: Router {
        var router = Router()
        router.on(.get, ServicePath.rewards) { _ in try .json(functions.listing()) }
        router.on(.post, ServicePath.score) { request in try await score(request) }
        return router
    }

    private func score(_ request: ServerRequest) async throws -> ServerResponse {
        let message = try ServiceJSON.decodeRequest(ScoreRequest.self, from: try await request.collectBody())
        let items = message.groups.reduce(0) { $0 + $1.itemCount }
        guard items <= maximumItems else {
            throw ProblemDetails(
                kind: .contentTooLarge,
                detail: "the request has \(items) items; the limit maximumItems is \(maximumItems). Send it in parts",
                pointer: "/groups")
        }
        let start = ContinuousClock.now
        do {
            // A caller that has gone, or whose deadline has passed, wants no scores.
            let response = try await scores(of: message, deadline: request.deadline)
            metrics.record(response, function: message.function, duration: ContinuousClock.now - start)
            return try .json(response)
        } catch is ScoringStopped {
            throw ProblemDetails(kind: .deadlineExceeded, detail: "scoring was not done when the deadline passed")
        }
    }

    private func scores(of message: ScoreRequest, deadline: ContinuousClock.Instant?) async throws -> ScoreResponse {
        let function = try made.make(name: message.function, parameters: message.parameters ?? [:])
        guard function.mayWait else {
            return try Scoring.score(message.groups, with: function, limits: limits) {
                Task.isCancelled || deadline.map { $0 <= .now } ?? false
            }
        }
        // Waiting on a thread of the concurrency pool would hold up all other requests.
        let isCancelled = Mutex(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(
                        with: Result {
                            try Scoring.score(message.groups, with: function, limits: limits) {
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
