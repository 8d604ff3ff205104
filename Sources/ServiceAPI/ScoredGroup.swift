/// The scores of one group, in the order of its actions. Also one line that `stepwise-reward score` writes.
///
/// Schema: `proto-schemas/scored-group.schema.json`.
public struct ScoredGroup: Codable, Sendable, Hashable {
    public var id: String
    public var scores: [ItemScore]

    package enum CodingKeys: String, CodingKey, CaseIterable { case id, scores }

    public init(id: String, scores: [ItemScore]) {
        self.id = id
        self.scores = scores
    }
}

/// What became of one item. An errored item has no reward: "scored 0" and "not scored" are different facts.
public enum ItemScore: Sendable, Hashable {
    /// The action was compared; `components` holds the named parts of the reward, `details` what a person needs to understand it.
    case scored(reward: Double, components: [String: Double], details: [String: JSONValue] = [:])
    /// The completion broke the format; `reward` is the function's format-violation value and `reason` what was wrong.
    case formatViolation(reward: Double, reason: String)
    /// The item could not be scored.
    case error(ItemError)

    /// The reward to train on; nil for an errored item.
    public var reward: Double? {
        switch self {
        case .scored(let reward, _, _), .formatViolation(let reward, _): reward
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

    public init(from decoder: any Decoder) throws { self = try decoder.decodeChoice() }
}

/// Why an item could not be scored.
public struct ItemError: Codable, Sendable, Hashable, Error {
    /// Of bounded variety, for counting: `textTooLong`, `deadlineExceeded`, ...
    public var code: String
    public var message: String

    package enum CodingKeys: String, CodingKey, CaseIterable { case code, message }

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

extension ItemScore: Codable {
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case status, reward, components, details, reason, error
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
                reward: try container.decodeNumber(Double.self, forKey: .reward),
                components: try container.decodeIfPresent([String: Double].self, forKey: .components) ?? [:],
                details: try container.decodeIfPresent([String: JSONValue].self, forKey: .details) ?? [:])
        case .formatViolation:
            try refuse(.error, "a format violation has a reason, not an error")
            try refuse(.components, "a format violation has no components")
            try refuse(.details, "a format violation has no details")
            self = .formatViolation(
                reward: try container.decodeNumber(Double.self, forKey: .reward),
                reason: try container.decode(String.self, forKey: .reason))
        case .error:
            try refuse(.reward, "an errored item has no reward")
            try refuse(.components, "an errored item has no components")
            try refuse(.details, "an errored item has no details")
            try refuse(.reason, "an errored item has an error, not a reason")
            self = .error(try container.decode(ItemError.self, forKey: .error))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(status, forKey: .status)
        switch self {
        case .scored(let reward, let components, let details):
            try container.encode(reward, forKey: .reward)
            try container.encode(components, forKey: .components)
            if !details.isEmpty { try container.encode(details, forKey: .details) }
        case .formatViolation(let reward, let reason):
            try container.encode(reward, forKey: .reward)
            try container.encode(reason, forKey: .reason)
        case .error(let error):
            try container.encode(error, forKey: .error)
        }
    }
}
