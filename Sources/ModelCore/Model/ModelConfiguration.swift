/// The shape of a decoder-only transformer, with Hugging Face's config.json keys.
public struct ModelConfiguration: Codable, Sendable, Equatable {
    /// `llama`, `qwen2` or `qwen3`.
    public var modelType: String
    public var vocabularySize: Int
    public var hiddenSize: Int
    public var intermediateSize: Int
    public var layerCount: Int
    public var headCount: Int
    public var keyValueHeadCount: Int
    /// Of one head; where config.json does not say, `hiddenSize / headCount`, and 128 in qwen3.
    public var headDimension: Int
    public var ropeTheta: Float
    /// nil for plain rotary embeddings.
    public var ropeScaling: RopeScaling?
    public var rmsNormEpsilon: Float
    public var maximumPositions: Int
    public var tieWordEmbeddings: Bool
    /// `attention_bias` of Llama and Qwen3: biases on the query, key, value and output projections. Qwen2 always has the first three.
    public var attentionBias: Bool
    /// Llama's `mlp_bias`.
    public var mlpBias: Bool
    public var bosTokenID: TokenID?
    public var eosTokenID: TokenID?

    public init(
        modelType: String = "llama", vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layerCount: Int,
        headCount: Int, keyValueHeadCount: Int, headDimension: Int? = nil, ropeTheta: Float = 10_000,
        ropeScaling: RopeScaling? = nil, rmsNormEpsilon: Float = 1e-5, maximumPositions: Int = 2048,
        tieWordEmbeddings: Bool = true,
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
        self.ropeScaling = ropeScaling
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

    /// Norms over each head's queries and keys, before they are rotated.
    var hasQueryKeyNorms: Bool { modelType == "qwen3" }

    var attentionShape: AttentionShape {
        AttentionShape(heads: headCount, keyValueHeads: keyValueHeadCount, width: headDimension)
    }

    /// Sizes above these are taken for faults of the file; up to them, sizes of tensors can be counted.
    static let maximumSize = 1 << 24
    private static let maximumLayers = 1 << 10

    /// - Throws: ``ModelError`` naming the key and its value.
    public func validate() throws {
        func require(_ condition: Bool, _ message: String) throws {
            if !condition { throw ModelError("config.json: \(message)") }
        }
        try require(
            ["llama", "qwen2", "qwen3"].contains(modelType),
            "model_type '\(modelType)' is not supported; llama, qwen2 and qwen3 are")
        for (key, value) in [
            ("vocab_size", vocabularySize), ("hidden_size", hiddenSize), ("intermediate_size", intermediateSize),
            ("num_hidden_layers", layerCount), ("num_attention_heads", headCount),
            ("num_key_value_heads", keyValueHeadCount), ("head_dim", headDimension),
            ("max_position_embeddings", maximumPositions),
        ] {
            try require(value > 0, "\(key) is \(value) and must be positive")
            try require(value <= Self.maximumSize, "\(key) is \(value), above the \(Self.maximumSize) that can be read")
        }
        try require(
            layerCount <= Self.maximumLayers,
            "num_hidden_layers is \(layerCount), above the \(Self.maximumLayers) that can be read")
        try require(
            headCount * headDimension <= Self.maximumSize,
            "num_attention_heads \(headCount) times head_dim \(headDimension) is above \(Self.maximumSize)")
        try require(
            headCount.isMultiple(of: keyValueHeadCount),
            "num_attention_heads \(headCount) is not a multiple of num_key_value_heads \(keyValueHeadCount)")
        try require(
            headDimension.isMultiple(of: 2), "head_dim \(headDimension) is odd, and rotary embeddings need pairs")
        try require(ropeTheta > 1 && ropeTheta.isFinite, "rope_theta is \(ropeTheta) and must be above 1")
        try ropeScaling?.validate()
        try require(rmsNormEpsilon > 0 && rmsNormEpsilon < 1, "rms_norm_eps is \(rmsNormEpsilon)")
    }
}
