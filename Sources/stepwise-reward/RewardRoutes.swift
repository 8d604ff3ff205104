import HTTPTypes
import Reward
import ServiceAPI
import Transport

/// What the service answers to clients of its own protocol.
struct RewardRoutes: Sendable {
    let scorer: GroupScorer

    func add(to router: inout Router) {
        router.on(.get, ServicePath.rewards) { _ in try .json(scorer.functions.listing()) }
        router.on(.post, ServicePath.score) { request in try await score(request) }
    }

    private func score(_ request: ServerRequest) async throws -> ServerResponse {
        let message = try ServiceJSON.decodeRequest(ScoreRequest.self, from: try await request.collectBody())
        try scorer.checkCount(message.groups.reduce(0) { $0 + $1.itemCount }, at: "/groups")
        let function = try scorer.made.make(name: message.function, parameters: message.parameters ?? [:])
        return try .json(
            await scorer.scores(
                of: message.groups, with: function, name: message.function, deadline: request.deadline))
    }
}
