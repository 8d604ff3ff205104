/// The answer to `POST /v1/score`: groups and items in the request's order.
///
/// Schema: `proto-schemas/score-response.schema.json`.
public struct ScoreResponse: Codable, Sendable, Hashable {
    /// Identifies function, version and parameters: a trainer logs it, so that a swapped server is seen.
    public var fingerprint: String
    public var groups: [ScoredGroup]

    public init(fingerprint: String, groups: [ScoredGroup]) {
        self.fingerprint = fingerprint
        self.groups = groups
    }
}

/// The scores of one group, in the order of its actions.
public struct ScoredGroup: Codable, Sendable, Hashable {
    public var id: String
    public var scores: [ItemScore]

    public init(id: String, scores: [ItemScore]) {
        self.id = id
        self.scores = scores
    }
}

/// What became of one item. An errored item has no reward: "scored 0" and "not scored" are different facts.
public enum ItemScore: Sendable, Hashable {
    /// The action was compared; `components` holds the named parts of the reward.
    case scored(reward: Double, components: [String: Double])
    /// The completion broke the format; `reward` is the function's format-violation value and `reason` what was wrong.
    case formatViolation(reward: Double, reason: String)
    /// The item could not be scored.
    case error(ItemError)

    /// The reward to train on; nil for an errored item.
    public var reward: Double? {
        switch self {
        case .scored(let reward, _), .formatViolation(let reward, _): reward
        case .error: nil
        }
    }

    public var status: ScoreStatus {
        switch self {
        case .scored: .scored
        case .formatViolation: .formatViolation
        case .error: .error
        }
    }
}

public enum ScoreStatus: String, Codable, Sendable, CaseIterable {
    case scored, formatViolation, error
}

/// Why an item could not be scored.
public struct ItemError: Codable, Sendable, Hashable, Error {
    /// Of bounded variety, for counting: `textTooLong`, `deadlineExceeded`, ...
    public var code: String
    public var message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

extension ItemScore: Codable {
    private enum CodingKeys: String, CodingKey {
        case status, reward, components, reason, error
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let status = try container.decode(ScoreStatus.self, forKey: .status)
        func refuse(_ key: CodingKeys, _ what: String) throws {
            if container.contains(key) {
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: what)
            }
        }
        switch status {
        case .scored:
            try refuse(.error, "a scored item has no error")
            try refuse(.reason, "a scored item has no reason")
            self = .scored(
                reward: try Self.finiteReward(container),
                components: try container.decodeIfPresent([String: Double].self, forKey: .components) ?? [:])
        case .formatViolation:
            try refuse(.error, "a format violation has a reason, not an error")
            try refuse(.components, "a format violation has no components")
            self = .formatViolation(
                reward: try Self.finiteReward(container), reason: try container.decode(String.self, forKey: .reason))
        case .error:
            try refuse(.reward, "an errored item has no reward")
            try refuse(.components, "an errored item has no components")
            try refuse(.reason, "an errored item has an error, not a reason")
            self = .error(try container.decode(ItemError.self, forKey: .error))
        }
    }

    private static func finiteReward(_ container: KeyedDecodingContainer<CodingKeys>) throws -> Double {
        let reward = try container.decode(Double.self, forKey: .reward)
        guard reward.isFinite else {
            throw DecodingError.dataCorruptedError(
                forKey: .reward, in: container, debugDescription: "the reward is not a finite number")
        }
        return reward
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(status, forKey: .status)
        switch self {
        case .scored(let reward, let components):
            try container.encode(reward, forKey: .reward)
            try container.encode(components, forKey: .components)
        case .formatViolation(let reward, let reason):
            try container.encode(reward, forKey: .reward)
            try container.encode(reason, forKey: .reason)
        case .error(let error):
            try container.encode(error, forKey: .error)
        }
    }
}
