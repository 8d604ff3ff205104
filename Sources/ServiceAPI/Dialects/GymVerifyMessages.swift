/// `POST /verify`: a rollout of NeMo Gym and its task's fields. Read here is what the reward needs; the service answers with the whole of
/// what it received.
///
/// Schema: `proto-schemas/gym-verify-request.schema.json`. Keys that are not known are the task's, or the client's.
public struct GymVerifyRequest: Codable, Sendable, Hashable {
    public var response: GymResponse
    public var expertStep: ExpertLabel
    /// All keys of the message.
    public let names: Set<String>

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case responsesCreateParams = "responses_create_params"
        case response
        case expertStep = "expert_step"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // The client wants it back, and the reward does not need what is in it.
        _ = try container.nestedContainer(keyedBy: CodingKeys.self, forKey: .responsesCreateParams)
        response = try container.decode(GymResponse.self, forKey: .response)
        expertStep = try container.decode(ExpertLabel.self, forKey: .expertStep)
        names = try decoder.keyNames()
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode([String: String](), forKey: .responsesCreateParams)
        try container.encode(response, forKey: .response)
        try container.encode(expertStep, forKey: .expertStep)
    }
}

extension GymVerifyRequest: ValidatedMessage {
    public func validate(at pointer: JSONPointer) throws(ProblemDetails) {
        try expertStep.validate(at: pointer.appending("expert_step"))
        for name in [GymVerifyResponse.CodingKeys.reward, .rewardComponents] where names.contains(name.stringValue) {
            throw Require.problem(
                at: pointer.appending(name.stringValue), "is what the answer adds; a task may not have it already")
        }
    }
}

/// A response in the form of OpenAI's Responses API, as far as the reward needs it.
public struct GymResponse: Codable, Sendable, Hashable {
    public var output: [GymOutputItem]

    package enum CodingKeys: String, CodingKey, CaseIterable { case output }

    public init(output: [GymOutputItem]) { self.output = output }

    /// The text of the last message of the assistant; empty where there is none, as when the model was cut off in its reasoning.
    public var text: String {
        output.last { $0.type == "message" && $0.role ?? "assistant" == "assistant" }?.content?.text ?? ""
    }

    /// Whether a reasoning parser has taken the monologue off the text.
    public var hasReasoning: Bool { output.contains { $0.type == "reasoning" } }
}

/// One item of a response: a `message`, or one of another type, of which nothing else is read.
public struct GymOutputItem: Codable, Sendable, Hashable {
    public var type: String?
    public var role: String?
    public var content: Content?

    package enum CodingKeys: String, CodingKey, CaseIterable { case type, role, content }

    /// A message's text, in one or in parts.
    public enum Content: Sendable, Hashable {
        case whole(String)
        case parts([GymContentPart])

        /// Parts that are no text, such as refusals, say nothing.
        var text: String {
            switch self {
            case .whole(let text): text
            case .parts(let parts): parts.compactMap { $0.type == "output_text" ? $0.text : nil }.joined()
            }
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = try container.decodeIfPresent(String.self, forKey: .type)
        guard type == "message" else { return }
        role = try container.decodeIfPresent(String.self, forKey: .role)
        content = try container.decodeIfPresent(Content.self, forKey: .content)
    }
}

extension GymOutputItem.Content: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            self = .whole(try container.decode(String.self))
        } catch DecodingError.typeMismatch {
            self = .parts(try container.decode([GymContentPart].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .whole(let text): try text.encode(to: encoder)
        case .parts(let parts): try parts.encode(to: encoder)
        }
    }
}

/// A part of a message; only those of type `output_text` are read.
public struct GymContentPart: Codable, Sendable, Hashable {
    public var type: String
    public var text: String?

    package enum CodingKeys: String, CodingKey, CaseIterable { case type, text }
}

/// What the answer to `POST /verify` adds to the request.
///
/// Schema: `proto-schemas/gym-verify-response.schema.json`.
public struct GymVerifyResponse: Codable, Sendable, Hashable {
    public var reward: Double
    /// The same keys in every answer. Gym's aggregates do not look into it: each is a key of the answer, too, where the task has none of its name.
    public var rewardComponents: [String: Double]

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case reward
        case rewardComponents = "reward_components"
    }

    public init(reward: Double, rewardComponents: [String: Double]) {
        self.reward = reward
        self.rewardComponents = rewardComponents
    }
}
