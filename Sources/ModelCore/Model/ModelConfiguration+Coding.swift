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
        // Transformers 5 keeps the base and the scaling in the first, files made before in `rope_theta` and the second.
        case ropeParameters = "rope_parameters"
        case ropeScaling = "rope_scaling"
        case originalPositions = "original_max_position_embeddings"
        // Read to be refused where they change the model.
        case usesSlidingWindow = "use_sliding_window"
        case layerTypes = "layer_types"
        case partialRotaryFactor = "partial_rotary_factor"
    }

    /// An encoder's `userInfo` may name another element type of the weights than float32.
    static let dataTypeKey = CodingUserInfoKey(rawValue: "stepwise.dataType")

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func optional<Value: Decodable>(_ type: Value.Type, _ key: CodingKeys) throws -> Value? {
            try container.decodeIfPresent(type, forKey: key)
        }
        try Self.refuseUnsupported(container)
        let modelType = try container.decode(String.self, forKey: .modelType)
        let headCount = try container.decode(Int.self, forKey: .headCount)
        let isQwen = modelType.hasPrefix("qwen")
        let maximumPositions = try optional(Int.self, .maximumPositions) ?? (isQwen ? 32_768 : 2048)
        let rope = try optional(RopeParameters.self, .ropeScaling) ?? optional(RopeParameters.self, .ropeParameters)
        // The end of text may be a list of ids, of which generation_config.json tells more.
        let end: TokenID? =
            if let list = try? container.decode([TokenID].self, forKey: .eosTokenID) { list.first } else {
                try optional(TokenID.self, .eosTokenID)
            }
        self.init(
            modelType: modelType,
            vocabularySize: try container.decode(Int.self, forKey: .vocabularySize),
            hiddenSize: try container.decode(Int.self, forKey: .hiddenSize),
            intermediateSize: try container.decode(Int.self, forKey: .intermediateSize),
            layerCount: try container.decode(Int.self, forKey: .layerCount),
            headCount: headCount,
            keyValueHeadCount: try optional(Int.self, .keyValueHeadCount) ?? headCount,
            headDimension: try optional(Int.self, .headDimension) ?? (modelType == "qwen3" ? 128 : nil),
            ropeTheta: try Float(rope?.ropeTheta ?? optional(Double.self, .ropeTheta) ?? 10_000),
            ropeScaling: try rope?.scaling(
                maximumPositions: maximumPositions, outerOriginal: optional(Int.self, .originalPositions)),
            rmsNormEpsilon: try optional(Float.self, .rmsNormEpsilon) ?? 1e-6,
            maximumPositions: maximumPositions,
            tieWordEmbeddings: try optional(Bool.self, .tieWordEmbeddings) ?? false,
            attentionBias: try optional(Bool.self, .attentionBias) ?? false,
            mlpBias: modelType == "llama" ? try optional(Bool.self, .mlpBias) ?? false : false,
            bosTokenID: try optional(TokenID.self, .bosTokenID),
            eosTokenID: end)
    }

    private static func refuseUnsupported(_ container: KeyedDecodingContainer<CodingKeys>) throws {
        let activation = try container.decodeIfPresent(String.self, forKey: .activation) ?? "silu"
        guard activation == "silu" else {
            throw ModelError("config.json: hidden_act '\(activation)' is not supported; silu is")
        }
        let layerTypes = try container.decodeIfPresent([String].self, forKey: .layerTypes) ?? []
        let slides = try container.decodeIfPresent(Bool.self, forKey: .usesSlidingWindow) ?? false
        guard !slides, layerTypes.allSatisfy({ $0 == "full_attention" }) else {
            throw ModelError("config.json: sliding-window attention is not supported; all layers need full attention")
        }
        if let part = try container.decodeIfPresent(Double.self, forKey: .partialRotaryFactor), part != 1 {
            throw ModelError("config.json: partial_rotary_factor \(part) is not supported; whole heads are rotated")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(
            [modelType.prefix(1).uppercased() + modelType.dropFirst() + "ForCausalLM"], forKey: .architectures)
        try container.encode(modelType, forKey: .modelType)
        try container.encode(vocabularySize, forKey: .vocabularySize)
        try container.encode(hiddenSize, forKey: .hiddenSize)
        try container.encode(intermediateSize, forKey: .intermediateSize)
        try container.encode(layerCount, forKey: .layerCount)
        try container.encode(headCount, forKey: .headCount)
        try container.encode(keyValueHeadCount, forKey: .keyValueHeadCount)
        try container.encode(headDimension, forKey: .headDimension)
        // The older of the two spellings: transformers 4 and 5 both read it.
        try container.encode(ropeTheta, forKey: .ropeTheta)
        try container.encodeIfPresent(ropeScaling.map(RopeParameters.init), forKey: .ropeScaling)
        try container.encode(rmsNormEpsilon, forKey: .rmsNormEpsilon)
        try container.encode(maximumPositions, forKey: .maximumPositions)
        try container.encode(tieWordEmbeddings, forKey: .tieWordEmbeddings)
        if modelType != "qwen2" { try container.encode(attentionBias, forKey: .attentionBias) }
        if modelType == "llama" { try container.encode(mlpBias, forKey: .mlpBias) }
        try container.encode("silu", forKey: .activation)
        try container.encode(
            Self.dataTypeKey.flatMap { encoder.userInfo[$0] as? String } ?? "float32", forKey: .dataType)
        try container.encodeIfPresent(bosTokenID, forKey: .bosTokenID)
        try container.encodeIfPresent(eosTokenID, forKey: .eosTokenID)
    }
}
