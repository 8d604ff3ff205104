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
    ///
    /// - Throws: ``CheckpointError`` naming the file and key.
    public static func generationConfiguration(of folder: String) throws -> GenerationConfiguration {
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
