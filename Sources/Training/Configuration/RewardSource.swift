public import ServiceAPI
public import Transport

/// A reward with all that is asked for: replicas of one server, a function, parameters, and what its number counts for.
public struct RewardSource: Codable, Sendable, Equatable {
    public var name: String
    public var weight: Double
    public var urls: [String]
    public var function: String
    public var parameters: [String: JSONValue]
    /// Where the configuration has it, for messages.
    public var place: String
    /// What it scores; nil for everything.
    public var uses: [RewardUse]?
    /// What is shown to its servers.
    public var credentials: ClientCredentials?

    public init(
        name: String, weight: Double, urls: [String], function: String, parameters: [String: JSONValue], place: String,
        uses: [RewardUse]? = nil, credentials: ClientCredentials? = nil
    ) {
        self.uses = uses
        self.credentials = credentials
        self.name = name
        self.weight = weight
        self.urls = urls
        self.function = function
        self.parameters = parameters
        self.place = place
    }

    /// What is asked of whom. With which token and certificates, is no part of it.
    var identity: RewardSource {
        var identity = self
        identity.credentials = nil
        return identity
    }

    /// Whether it takes part where this is scored.
    public func serves(_ use: RewardUse) -> Bool { uses?.contains(use) ?? true }

    /// A request of groups for this source.
    func request(_ groups: [ScoreGroup]) -> ScoreRequest {
        ScoreRequest(function: function, parameters: parameters.isEmpty ? nil : parameters, groups: groups)
    }
}
