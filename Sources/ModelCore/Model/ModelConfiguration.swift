/// The shape of a decoder-only transformer, with Hugging Face's config.json keys.
public struct ModelConfiguration: Codable, Sendable, Equatable {
    /// `llama` or `qwen2`.
    public var modelType: String
    public var vocabularySize: Int
    public var hiddenSize: Int
    public var intermediateSize: Int
    public var layerCount: Int
    public var headCount: Int
    public var keyValueHeadCount: Int
    /// Of one head; `hiddenSize / headCount` where config.json does not say.
    public var headDimension: Int
    public var ropeTheta: Float
    public var rmsNormEpsilon: Float
    public var maximumPositions: Int
    public var tieWordEmbeddings: Bool
    /// Llama's `attention_bias`: biases on the query, key, value and output projections. Qwen2 always has the first three.
    public var attentionBias: Bool
    /// Llama's `mlp_bias`.
    public var mlpBias: Bool
    public var bosTokenID: TokenID?
    public var eosTokenID: TokenID?

    public init(
        modelType: String = "llama", vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layerCount: Int,
        headCount: Int, keyValueHeadCount: Int, headDimension: Int? = nil, ropeTheta: Float = 10_000,
        rmsNormEpsilon: Float = 1e-5, maximumPositions: Int = 2048, tieWordEmbeddings: Bool = true,
        attentionBias: Bool = false, mlpBias: Bool = false, bosTokenID: TokenID? = nil, eosTokenID: TokenID? = nil
    ) {
        self.modelType = modelType
        self.vocabularySize = vocabularySize
        self.hiddenSize = hiddenSize
        self.intermediateSize = intermediateSize
        self.layerCount = layerCount
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
        self.headDimension = headDimension ?? (headCount > 0 ? hiddenSize / headCount : 0)
        self.ropeTheta = ropeTheta
        self.rmsNormEpsilon = rmsNormEpsilon
        self.maximumPositions = maximumPositions
        self.tieWordEmbeddings = tieWordEmbeddings
        self.attentionBias = attentionBias
        self.mlpBias = mlpBias
        self.bosTokenID = bosTokenID
        self.eosTokenID = eosTokenID
    }

    /// Biases on the query, key and value projections.
    var hasQueryKeyValueBias: Bool { modelType == "qwen2" || attentionBias }
    /// A bias on the attention's output projection.
    var hasOutputBias: Bool { modelType != "qwen2" && attentionBias }

    var attentionShape: AttentionShape {
        AttentionShape(heads: headCount, keyValueHeads: keyValueHeadCount, width: headDimension)
    }

    /// - Throws: ``ModelError`` naming the key and its value.
    public func validate() throws {
        func require(_ condition: Bool, _ message: String) throws {
            if !condition { throw ModelError("config.json: \(message)") }
        }
        try require(
            ["llama", "qwen2"].contains(modelType), "model_type '\(modelType)' is not supported; llama and qwen2 are")
        for (key, value) in [
            ("vocab_size", vocabularySize), ("hidden_size", hiddenSize), ("intermediate_size", intermediateSize),
            ("num_hidden_layers", layerCount), ("num_attention_heads", headCount),
            ("num_key_value_heads", keyValueHeadCount), ("head_dim", headDimension),
            ("max_position_embeddings", maximumPositions),
        ] {
            try require(value > 0, "\(key) is \(value) and must be positive")
        }
        try require(
            headCount.isMultiple(of: keyValueHeadCount),
            "num_attention_heads \(headCount) is not a multiple of num_key_value_heads \(keyValueHeadCount)")
        try require(
            headDimension.isMultiple(of: 2), "head_dim \(headDimension) is odd, and rotary embeddings need pairs")
        try require(ropeTheta > 0 && ropeTheta.isFinite, "rope_theta is \(ropeTheta)")
        try require(rmsNormEpsilon > 0 && rmsNormEpsilon < 1, "rms_norm_eps is \(rmsNormEpsilon)")
    }
}

extension ModelConfiguration {
    private enum CodingKeys: String, CodingKey {
        case modelType = "model_type"
        case vocabularySize = "vocab_size"
        case hiddenSize = "hidden_size"
        case intermediateSize = "intermediate_size"
        case layerCount = "num_hidden_layers"
        case headCount = "num_attention_heads"
        case keyValueHeadCount = "num_key_value_heads"
        case headDimension = "head_dim"
        case ropeTheta = "rope_theta"
        case rmsNormEpsilon = "rms_norm_eps"
        case maximumPositions = "max_position_embeddings"
        case tieWordEmbeddings = "tie_word_embeddings"
        case attentionBias = "attention_bias"
        case mlpBias = "mlp_bias"
        case bosTokenID = "bos_token_id"
        case eosTokenID = "eos_token_id"
        // Written, so that other tools know what this is.
        case architectures
        case activation = "hidden_act"
        case dataType = "torch_dtype"
        // Read, where newer files keep the base; refused unless it is the default kind.
        case ropeParameters = "rope_parameters"
        case ropeScaling = "rope_scaling"
    }

    private struct RopeParameters: Codable {
        var ropeType: String?
        var ropeTheta: Float?

        private enum CodingKeys: String, CodingKey {
            case ropeType = "rope_type"
            case ropeTheta = "rope_theta"
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let headCount = try container.decode(Int.self, forKey: .headCount)
        let rope = try container.decodeIfPresent(RopeParameters.self, forKey: .ropeParameters)
        let scaling = try container.decodeIfPresent(RopeParameters.self, forKey: .ropeScaling)
        if let kind = (rope ?? scaling).map({ $0.ropeType ?? "unnamed" }), kind != "default" {
            throw ModelError("config.json: rope scaling of type '\(kind)' is not supported yet")
        }
        let activation = try container.decodeIfPresent(String.self, forKey: .activation) ?? "silu"
        guard activation == "silu" else {
            throw ModelError("config.json: hidden_act '\(activation)' is not supported; silu is")
        }
        self.init(
            modelType: try container.decode(String.self, forKey: .modelType),
            vocabularySize: try container.decode(Int.self, forKey: .vocabularySize),
            hiddenSize: try container.decode(Int.self, forKey: .hiddenSize),
            intermediateSize: try container.decode(Int.self, forKey: .intermediateSize),
            layerCount: try container.decode(Int.self, forKey: .layerCount),
            headCount: headCount,
            keyValueHeadCount: try container.decodeIfPresent(Int.self, forKey: .keyValueHeadCount) ?? headCount,
            headDimension: try container.decodeIfPresent(Int.self, forKey: .headDimension),
            ropeTheta: try container.decodeIfPresent(Float.self, forKey: .ropeTheta) ?? rope?.ropeTheta ?? 10_000,
            rmsNormEpsilon: try container.decodeIfPresent(Float.self, forKey: .rmsNormEpsilon) ?? 1e-6,
            maximumPositions: try container.decodeIfPresent(Int.self, forKey: .maximumPositions) ?? 2048,
            tieWordEmbeddings: try container.decodeIfPresent(Bool.self, forKey: .tieWordEmbeddings) ?? false,
            attentionBias: try container.decodeIfPresent(Bool.self, forKey: .attentionBias) ?? false,
            mlpBias: try container.decodeIfPresent(Bool.self, forKey: .mlpBias) ?? false,
            bosTokenID: try container.decodeIfPresent(TokenID.self, forKey: .bosTokenID),
            eosTokenID: try? container.decodeIfPresent(TokenID.self, forKey: .eosTokenID))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode([modelType == "qwen2" ? "Qwen2ForCausalLM" : "LlamaForCausalLM"], forKey: .architectures)
        try container.encode(modelType, forKey: .modelType)
        try container.encode(vocabularySize, forKey: .vocabularySize)
        try container.encode(hiddenSize, forKey: .hiddenSize)
        try container.encode(intermediateSize, forKey: .intermediateSize)
        try container.encode(layerCount, forKey: .layerCount)
        try container.encode(headCount, forKey: .headCount)
        try container.encode(keyValueHeadCount, forKey: .keyValueHeadCount)
        try container.encode(headDimension, forKey: .headDimension)
        try container.encode(ropeTheta, forKey: .ropeTheta)
        try container.encode(rmsNormEpsilon, forKey: .rmsNormEpsilon)
        try container.encode(maximumPositions, forKey: .maximumPositions)
        try container.encode(tieWordEmbeddings, forKey: .tieWordEmbeddings)
        if modelType == "llama" {
            try container.encode(attentionBias, forKey: .attentionBias)
            try container.encode(mlpBias, forKey: .mlpBias)
        }
        try container.encode("silu", forKey: .activation)
        try container.encode("float32", forKey: .dataType)
        try container.encodeIfPresent(bosTokenID, forKey: .bosTokenID)
        try container.encodeIfPresent(eosTokenID, forKey: .eosTokenID)
    }
}
