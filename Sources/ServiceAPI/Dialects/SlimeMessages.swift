/// `POST /slime`: what slime sends to its `--rm-url`, one sample a request.
///
/// Schema: `proto-schemas/slime-request.schema.json`. Keys that are not known are ignored: the client is not ours.
public struct SlimeRequest: Codable, Sendable, Hashable {
    public var prompt: Prompt
    /// What the model wrote after the prompt, as a rule with the token that ended it.
    public var response: String
    public var label: ExpertLabel

    /// Text with the chat template in it, or messages that it has not seen.
    public enum Prompt: Sendable, Hashable {
        case text(String)
        case messages([[String: JSONValue]])
    }

    package enum CodingKeys: String, CodingKey, CaseIterable { case prompt, response, label }

    public init(prompt: Prompt, response: String, label: ExpertLabel) {
        self.prompt = prompt
        self.response = response
        self.label = label
    }
}

extension SlimeRequest: ValidatedMessage {
    public func validate(at pointer: JSONPointer) throws(ProblemDetails) {
        try label.validate(at: pointer.appending("label"))
    }
}

extension SlimeRequest.Prompt: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            self = .text(try container.decode(String.self))
        } catch DecodingError.typeMismatch {
            self = .messages(try container.decode([[String: JSONValue]].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .text(let text): try text.encode(to: encoder)
        case .messages(let messages): try messages.encode(to: encoder)
        }
    }
}

/// The answer to `POST /slime`: a number, or an object for slime's `--reward-key score`.
///
/// Schema: `proto-schemas/slime-response.schema.json`.
public enum SlimeResponse: Sendable, Hashable {
    case number(Double)
    /// The reward by the key `score`, beside the parts of it.
    case object([String: Double])

    /// The key of the reward.
    package static let rewardKey = "score"
}

extension SlimeResponse: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            self = .number(try container.decode(Double.self))
        } catch DecodingError.typeMismatch {
            let values = try container.decode([String: Double].self)
            guard values[Self.rewardKey] != nil else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "there is no 'score'")
            }
            self = .object(values)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .number(let number): try number.encode(to: encoder)
        case .object(let values): try values.encode(to: encoder)
        }
    }
}
