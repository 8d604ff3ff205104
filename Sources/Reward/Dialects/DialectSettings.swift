import ServiceAPI

/// How requests of other trainers are scored, which cannot say it themselves: the section `dialects` of the service's configuration.
public struct DialectSettings: Codable, Sendable, Equatable {
    /// The reward function, where a label names none.
    public var function = "srl.similarity"
    public var parameters: [String: JSONValue] = [:]
    /// What a response is, where a label does not say.
    public var format = ResponseFormat.completion
    /// The components that answers report, the same in every one; those of the function when nil.
    public var components: [String]?
    /// Special tokens that a prompt may begin with in one text and not in another.
    public var startTokens = [
        "<|begin_of_text|>", "<s>", "<bos>", "<|startoftext|>", "<|endoftext|>", "<｜begin▁of▁sentence｜>",
    ]
    /// Special tokens that end a response and are no part of the action.
    public var endTokens = [
        "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "</s>", "<eos>", "<end_of_turn>",
        "<｜end▁of▁sentence｜>",
    ]
    public var slimeAnswer = SlimeAnswer.number

    /// What slime gets.
    public enum SlimeAnswer: String, Codable, Sendable, CaseIterable {
        /// A bare number.
        case number
        /// An object with `score` and the components, for `--reward-key score`.
        case object
    }

    public init() {}

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        function = try values.decodeIfPresent(String.self, forKey: .function) ?? function
        parameters = try values.decodeIfPresent([String: JSONValue].self, forKey: .parameters) ?? parameters
        format = try values.decodeIfPresent(ResponseFormat.self, forKey: .format) ?? format
        components = try values.decodeIfPresent([String].self, forKey: .components)
        startTokens = try values.decodeIfPresent([String].self, forKey: .startTokens) ?? startTokens
        endTokens = try values.decodeIfPresent([String].self, forKey: .endTokens) ?? endTokens
        slimeAnswer = try values.decodeIfPresent(SlimeAnswer.self, forKey: .slimeAnswer) ?? slimeAnswer
    }
}
