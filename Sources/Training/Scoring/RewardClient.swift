public import Reward
public import ServiceAPI

/// An answer and who gave it.
public struct RewardAnswer: Sendable {
    public var response: ScoreResponse
    /// The URL that answered; nil for this process.
    public var server: String?

    public init(_ response: ScoreResponse, server: String? = nil) {
        self.response = response
        self.server = server
    }
}

/// Where rewards come from.
public protocol RewardClient: Sendable {
    /// Scores all groups of a request, in its order.
    func score(_ request: ScoreRequest) async throws -> RewardAnswer

    /// Finds out whether the function is there and takes the parameters, without scoring anything.
    ///
    /// - Returns: the fingerprint of what will score.
    func probe(_ source: RewardSource) async throws -> String

    /// Lets go of connections.
    func shutdown() async
}

extension RewardClient {
    public func probe(_ source: RewardSource) async throws -> String {
        try await score(source.request([])).response.fingerprint
    }

    public func shutdown() async {}
}

/// Makes the client of a source, for as long as the list of rewards has it.
public struct RewardConnector: Sendable {
    /// How a client meets failure.
    public enum Patience: Sendable {
        /// It tries again for so many seconds: there is nothing better to do.
        case untilDeadline(Double)
        /// It tries a few times within so many seconds.
        case brief(Double)
    }

    private let make: @Sendable (RewardSource, Patience) throws -> any RewardClient

    public init(_ make: @escaping @Sendable (RewardSource, Patience) throws -> any RewardClient) { self.make = make }

    /// Gives every source the same client.
    public static func always(_ client: any RewardClient) -> RewardConnector { RewardConnector { _, _ in client } }

    func connect(_ source: RewardSource, _ patience: Patience) throws -> any RewardClient { try make(source, patience) }
}

/// Scores in this process: for tests, and where a service of its own is too much.
public struct InProcessRewardClient: RewardClient {
    private let registry: RewardRegistry

    public init(registry: RewardRegistry = .standard) { self.registry = registry }

    public func score(_ request: ScoreRequest) async throws -> RewardAnswer {
        RewardAnswer(try Scoring.score(request, registry: registry, shouldStop: { Task.isCancelled }))
    }
}
