/// `POST /aggregate_metrics`: what `/verify` answered for all rollouts of a NeMo Gym collection, without their texts.
///
/// Schema: `proto-schemas/gym-aggregate-request.schema.json`.
public struct GymAggregateRequest: Codable, Sendable, Hashable {
    public var verifyResponses: [[String: JSONValue]]

    package enum CodingKeys: String, CodingKey, CaseIterable { case verifyResponses = "verify_responses" }

    public init(verifyResponses: [[String: JSONValue]]) { self.verifyResponses = verifyResponses }
}

extension GymAggregateRequest: ValidatedMessage {
    public func validate(at pointer: JSONPointer) throws(ProblemDetails) {}
}

/// The answer to `POST /aggregate_metrics`: statistics of every number, by task and over all.
///
/// Schema: `proto-schemas/gym-aggregate-response.schema.json`.
public struct GymAggregateResponse: Codable, Sendable, Hashable {
    /// An object a task, in the order of their indices.
    public var groupLevelMetrics: [[String: JSONValue]]
    /// Over all rollouts: `mean/reward` and the like.
    public var agentMetrics: [String: Double]
    /// The means among them.
    public var keyMetrics: [String: Double]

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case groupLevelMetrics = "group_level_metrics"
        case agentMetrics = "agent_metrics"
        case keyMetrics = "key_metrics"
    }

    public init(
        groupLevelMetrics: [[String: JSONValue]] = [], agentMetrics: [String: Double] = [:],
        keyMetrics: [String: Double] = [:]
    ) {
        self.groupLevelMetrics = groupLevelMetrics
        self.agentMetrics = agentMetrics
        self.keyMetrics = keyMetrics
    }
}
