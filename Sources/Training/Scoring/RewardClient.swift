public import Reward
public import ServiceAPI

/// Where rewards come from.
public protocol RewardClient: Sendable {
    /// Scores all groups of a request, in its order.
    func score(_ request: ScoreRequest) async throws -> ScoreResponse
}

/// Scores in this process: for tests, and where a service of its own is too much.
public struct InProcessRewardClient: RewardClient {
    private let registry: RewardRegistry

    public init(registry: RewardRegistry = .standard) { self.registry = registry }

    public func score(_ request: ScoreRequest) async throws -> ScoreResponse {
        try Scoring.score(request, registry: registry, shouldStop: { Task.isCancelled })
    }
}
