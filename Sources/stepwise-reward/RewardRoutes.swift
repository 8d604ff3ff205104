import HTTPTypes
import Reward
import ServiceAPI
import Transport

/// What the service answers.
struct RewardRoutes: Sendable {
    let limits: ScoringLimits
    let maximumItems: Int
    let metrics: RewardMetrics

    var router: Router {
        var router = Router()
        router.on(.get, ServicePath.rewards) { _ in try .json(RewardRegistry.standard.listing()) }
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
            let response = try Scoring.score(message, limits: limits) {
                Task.isCancelled || request.deadline.map { $0 <= .now } ?? false
            }
            metrics.record(response, function: message.function, duration: ContinuousClock.now - start)
            return try .json(response)
        } catch is ScoringStopped {
            throw ProblemDetails(kind: .deadlineExceeded, detail: "scoring was not done when the deadline passed")
        }
    }
}
