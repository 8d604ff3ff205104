import Foundation

/// What generation_config.json says about writing with a model: the tokens that end a text, and the sampling its makers advise.
public struct GenerationConfiguration: Sendable, Equatable {
    /// Tokens that end a text; several in chat models.
    public var endTokens: [TokenID] = []
    public var beginToken: TokenID?
    public var padToken: TokenID?
    /// False: greedy, whatever the numbers below say.
    public var samples: Bool?
    public var temperature: Double?
    public var topK: Int?
    public var topP: Double?
    public var minP: Double?

    public init() {}

    /// With what ends a turn in ChatML and in Llama 3, where the tokenizer has it, and its end of text.
    public func completed(for tokenizer: any Tokenizer) -> GenerationConfiguration {
        var completed = self
        let turnEnds = ["<|im_end|>", "<|eot_id|>"].compactMap(tokenizer.token(for:))
        for token in turnEnds.filter({ $0 != tokenizer.endOfText }) + [tokenizer.endOfText]
        where !completed.endTokens.contains(token) {
            completed.endTokens.append(token)
        }
        completed.padToken = padToken ?? tokenizer.endOfText
        return completed
    }

    /// The sampling that the checkpoint's makers advise, in words; nil where they advise none.
    public var advice: String? {
        if samples == false { return "greedy" }
        let parts = [
            temperature.map { "temperature \($0)" }, topK.map { "top-k \($0)" }, topP.map { "top-p \($0)" },
            minP.map { "min-p \($0)" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}

extension GenerationConfiguration: Codable {
    private enum CodingKeys: String, CodingKey {
        case endTokens = "eos_token_id"
        case beginToken = "bos_token_id"
        case padToken = "pad_token_id"
        case samples = "do_sample"
        case temperature
        case topK = "top_k"
        case topP = "top_p"
        case minP = "min_p"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func optional<Value: Decodable>(_ type: Value.Type, _ key: CodingKeys) throws -> Value? {
            try container.decodeIfPresent(type, forKey: key)
        }
        if let single = try? container.decode(TokenID.self, forKey: .endTokens) {
            endTokens = [single]
        } else {
            endTokens = try optional([TokenID].self, .endTokens) ?? []
        }
        beginToken = try optional(TokenID.self, .beginToken)
        padToken = try optional(TokenID.self, .padToken)
        samples = try optional(Bool.self, .samples)
        temperature = try optional(Double.self, .temperature)
        topK = try optional(Int.self, .topK)
        topP = try optional(Double.self, .topP)
        minP = try optional(Double.self, .minP)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if !endTokens.isEmpty { try container.encode(endTokens, forKey: .endTokens) }
        try container.encodeIfPresent(beginToken, forKey: .beginToken)
        try container.encodeIfPresent(padToken, forKey: .padToken)
        try container.encodeIfPresent(samples, forKey: .samples)
        try container.encodeIfPresent(temperature, forKey: .temperature)
        try container.encodeIfPresent(topK, forKey: .topK)
        try container.encodeIfPresent(topP, forKey: .topP)
        try container.encodeIfPresent(minP, forKey: .minP)
    }
}

extension Checkpoint {
    /// Reads generation_config.json of a checkpoint folder; where it is missing or names no end of text, config.json's holds.
    /// A GGUF says what ends a text and a turn in its metadata.
    ///
    /// - Throws: ``CheckpointError`` naming the file and key.
    public static func generationConfiguration(of folder: String) throws -> GenerationConfiguration {
        if isGGUF(folder) { return try GGUFFile(path: folder).generationConfiguration() }
        if let base = try adapterBase(of: folder) { return try generationConfiguration(of: base) }
        let path = folder + "/" + generationFile
        var generation = GenerationConfiguration()
        if FileManager.default.fileExists(atPath: path) {
            generation = try decode(GenerationConfiguration.self, from: path)
        }
        if generation.endTokens.isEmpty, let end = try configuration(of: folder).eosTokenID {
            generation.endTokens = [end]
        }
        return generation
    }
}

extension GGUFFile {
    /// What the metadata says of the tokens that begin, end and fill up a text.
    func generationConfiguration() -> GenerationConfiguration {
        func token(_ name: String) -> TokenID? {
            metadata["tokenizer.ggml.\(name)_token_id"]?.integer.flatMap { TokenID(exactly: $0) }
        }
        var generation = GenerationConfiguration()
        // The end of a turn, where it is another token than that of a text.
        for end in [token("eos"), token("eot")].compactMap({ $0 }) where !generation.endTokens.contains(end) {
            generation.endTokens.append(end)
        }
        generation.beginToken = token("bos")
        generation.padToken = token("padding")
        return generation
    }
}
