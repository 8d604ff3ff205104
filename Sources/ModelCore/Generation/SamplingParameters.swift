/// How the next token is drawn. The names and meanings are those of vLLM and transformers; the filters apply in the
/// order top-k, top-p, min-p, each on what the one before has left.
public struct SamplingParameters: Codable, Sendable, Equatable {
    /// Divides the logits. 0 is greedy: always the likeliest token, the lowest id among equals.
    public var temperature: Float
    /// Keeps the k likeliest tokens.
    public var topK: Int?
    /// Keeps the fewest likeliest tokens whose probabilities add up to at least p.
    public var topP: Float?
    /// Keeps the tokens that are at least this fraction as likely as the likeliest one.
    public var minP: Float?
    /// The most tokens that a completion may have, a stop token included.
    public var maximumTokens: Int
    /// Texts that end a completion when they appear in it; they are not part of its text.
    public var stopSequences: [String]

    public init(
        temperature: Float = 1, topK: Int? = nil, topP: Float? = nil, minP: Float? = nil, maximumTokens: Int,
        stopSequences: [String] = []
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.maximumTokens = maximumTokens
        self.stopSequences = stopSequences
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        temperature = try values.decodeIfPresent(Float.self, forKey: .temperature) ?? 1
        topK = try values.decodeIfPresent(Int.self, forKey: .topK)
        topP = try values.decodeIfPresent(Float.self, forKey: .topP)
        minP = try values.decodeIfPresent(Float.self, forKey: .minP)
        maximumTokens = try values.decode(Int.self, forKey: .maximumTokens)
        stopSequences = try values.decodeIfPresent([String].self, forKey: .stopSequences) ?? []
    }

    /// Whether the likeliest token is taken and no randomness used.
    public var isGreedy: Bool { temperature == 0 }

    /// The same parameters without randomness or filters.
    public var greedy: SamplingParameters {
        SamplingParameters(temperature: 0, maximumTokens: maximumTokens, stopSequences: stopSequences)
    }

    /// The same parameters at another temperature; ``greedy`` at 0.
    public func at(temperature: Float) -> SamplingParameters {
        guard temperature > 0 else { return greedy }
        var sampling = self
        sampling.temperature = temperature
        return sampling
    }

    /// Throws ``GenerationError/invalidParameter(field:message:)`` for the first field out of its range.
    public func validate() throws {
        func check(_ condition: Bool, _ field: String, _ message: String) throws {
            guard condition else { throw GenerationError.invalidParameter(field: field, message: message) }
        }
        try check(
            temperature.isFinite && temperature >= 0, "temperature",
            "must be 0 (greedy) or more, but is \(temperature)")
        if let topK { try check(topK >= 1, "topK", "must be 1 or more (leave it out for no limit), but is \(topK)") }
        if let topP { try check(topP > 0 && topP <= 1, "topP", "must be above 0 and at most 1, but is \(topP)") }
        if let minP { try check(minP >= 0 && minP <= 1, "minP", "must be between 0 and 1, but is \(minP)") }
        try check(maximumTokens >= 1, "maximumTokens", "must be 1 or more, but is \(maximumTokens)")
        for (index, sequence) in stopSequences.enumerated() {
            try check(!sequence.isEmpty, "stopSequences[\(index)]", "is empty and would stop at once")
        }
    }
}

/// A generation that cannot begin or go on.
public enum GenerationError: Error, Equatable, CustomStringConvertible {
    /// A sampling parameter out of its range; `field` as it is named in a configuration.
    case invalidParameter(field: String, message: String)
    /// The model gave NaN or infinity; its weights are broken (a run that has diverged).
    case logitsNotFinite(request: Int, position: Int)
    /// A prompt of no tokens: there is nothing to continue.
    case emptyPrompt(request: Int)
    /// A prompt that leaves no room for a token within the model's positions.
    case promptTooLong(request: Int, tokens: Int, maximumPositions: Int)

    public var description: String {
        switch self {
        case .invalidParameter(let field, let message): "sampling.\(field) \(message)"
        case .logitsNotFinite(let request, let position):
            "the model's logits are not finite after \(position) generated tokens of request \(request): "
                + "its weights hold NaN or infinity"
        case .emptyPrompt(let request): "request \(request) has an empty prompt; there is nothing to continue"
        case .promptTooLong(let request, let tokens, let maximumPositions):
            "the prompt of request \(request) has \(tokens) tokens, but the model has max_position_embeddings "
                + "\(maximumPositions)"
        }
    }
}
