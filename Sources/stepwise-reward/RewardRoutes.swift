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
        router.on(.post, ServicePath.explain) { request in try await explain(request) }
    }

    private func score(_ request: ServerRequest) async throws -> ServerResponse {
        let body = try await request.collectBody()
        let clock = ContinuousClock()
        let start = clock.now
        let message = try ServiceJSON.decodeRequest(ScoreRequest.self, from: body)
        let decoding = clock.now - start
        try scorer.checkCount(message.groups.reduce(0) { $0 + $1.itemCount }, at: "/groups")
        let function = try scorer.made.make(name: message.function, parameters: message.parameters ?? [:])
        let scores = try await scorer.scores(
            of: message.groups, with: function, name: message.function, deadline: request.deadline)
        let scored = clock.now
        let response = try ServerResponse.json(scores)
        scorer.metrics.record(decoding: decoding, encoding: clock.now - scored, function: message.function)
        return response
    }

    private func explain(_ request: ServerRequest) async throws -> ServerResponse {
        let message = try ServiceJSON.decodeRequest(ExplainRequest.self, from: try await request.collectBody())
        let function = try scorer.made.make(name: message.function, parameters: message.parameters ?? [:])
        let group = message.group
        let scored = try await scorer.scores(
            of: [group], with: function, name: message.function, deadline: request.deadline)
        return try .json(
            try await scorer.explanation(of: group, score: scored.groups[0].scores[0], by: function))
    }
}
