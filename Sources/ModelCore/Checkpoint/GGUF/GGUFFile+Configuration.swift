extension GGUFFile {
    /// config.json's content, from the metadata and the tensors that are there.
    ///
    /// - Throws: ``CheckpointError`` naming the metadata key that is missing or describes a model that is not supported.
    public func modelConfiguration() throws -> ModelConfiguration {
        let keys = try Keys(self)
        let heads = try keys.size("attention.head_count")
        let hidden = try keys.size("embedding_length")
        guard let embedding = info("token_embd.weight"), embedding.shape.count == 2 else {
            throw CheckpointError(
                file: path, tensor: "token_embd.weight", message: "is missing or no matrix; a model needs its embedding"
            )
        }
        if let width = keys.optional("attention.value_length")?.integer, width != (try keys.headWidth(hidden, heads)) {
            throw keys.fault("attention.value_length", "is \(width); values as wide as keys are supported")
        }
        if let width = keys.optional("rope.dimension_count")?.integer, width != (try keys.headWidth(hidden, heads)) {
            throw keys.fault("rope.dimension_count", "is \(width); whole heads are rotated")
        }
        if let experts = keys.optional("expert_count")?.integer, experts > 0 {
            throw keys.fault("expert_count", "is \(experts); mixtures of experts are not supported")
        }
        let context = try keys.size("context_length")
        let theta = keys.optional("rope.freq_base")?.float ?? 10_000
        var configuration = ModelConfiguration(
            modelType: keys.architecture, vocabularySize: embedding.shape[0], hiddenSize: hidden,
            intermediateSize: try keys.size("feed_forward_length"), layerCount: try keys.size("block_count"),
            headCount: heads, keyValueHeadCount: try keys.size("attention.head_count_kv", default: heads),
            headDimension: try keys.headWidth(hidden, heads), ropeTheta: Float(theta),
            rmsNormEpsilon: Float(try keys.number("attention.layer_norm_rms_epsilon")), maximumPositions: context,
            tieWordEmbeddings: info("output.weight") == nil,
            attentionBias: keys.architecture != "qwen2" && info("blk.0.attn_q.bias") != nil,
            mlpBias: info("blk.0.ffn_down.bias") != nil, bosTokenID: token("bos"), eosTokenID: token("eos"))
        configuration.ropeScaling = try ropeScaling(keys, configuration)
        do {
            try configuration.validate()
        } catch let error as ModelError {
            throw CheckpointError(
                file: path,
                message: "its metadata makes no model: "
                    + error.description.replacing("config.json: ", with: ""))
        }
        return configuration
    }

    private func token(_ name: String) -> TokenID? {
        metadata["tokenizer.ggml.\(name)_token_id"]?.integer.flatMap { TokenID(exactly: $0) }
    }

    private func ropeScaling(_ keys: Keys, _ configuration: ModelConfiguration) throws -> RopeScaling? {
        if let factors = info(GGUFWeights.ropeFactors) {
            return try llama3Scaling(floats(factors.name), configuration)
        }
        let kind = keys.optional("rope.scaling.type")?.string ?? "none"
        switch kind {
        case "none": return nil
        case "linear": return .linear(factor: try keys.number("rope.scaling.factor"))
        case "yarn":
            // llama.cpp multiplies its attention factor by YaRN's own, which config.json's replaces.
            let factor = try keys.number("rope.scaling.factor")
            var yarn = RopeScaling.Yarn(
                factor: factor,
                originalPositions: try keys.size(
                    "rope.scaling.original_context_length", default: configuration.maximumPositions),
                betaFast: keys.optional("rope.scaling.yarn_beta_fast")?.float ?? 32,
                betaSlow: keys.optional("rope.scaling.yarn_beta_slow")?.float ?? 1)
            if let extra = keys.optional("rope.scaling.attn_factor")?.float, extra != 1 {
                yarn.attentionFactor = extra * yarn.cosineFactor
            }
            return .yarn(yarn)
        default: throw keys.fault("rope.scaling.type", "is '\(kind)'; none, linear and yarn are supported")
        }
    }

    /// A GGUF holds Llama 3's scaling as factors, one for each frequency. All published models have 1, 4 and 8192 for the other
    /// three numbers, so the largest factor says the rest; that the others follow from it is checked.
    private func llama3Scaling(_ factors: [Float], _ configuration: ModelConfiguration) throws -> RopeScaling? {
        let largest = Double(factors.max() ?? 1)
        if factors.allSatisfy({ $0 == 1 }) { return nil }
        let scaling = RopeScaling.llama3(
            factor: largest, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: 8192)
        let plain = RotaryTable.frequencies(width: configuration.headDimension, theta: configuration.ropeTheta)
        let scaled = scaling.apply(
            to: plain, width: configuration.headDimension, theta: Double(configuration.ropeTheta))
        guard factors.count == plain.count,
            zip(factors, zip(plain, scaled)).allSatisfy({ abs(Double($0) * $1.1 / $1.0 - 1) < 1e-3 })
        else {
            throw CheckpointError(
                file: path, tensor: GGUFWeights.ropeFactors,
                message: "its \(factors.count) factors are not those of Llama 3 (factor \(largest), 1, 4, 8192) "
                    + "for heads of \(configuration.headDimension); other scalings cannot be put in config.json")
        }
        return scaling
    }

    /// Metadata under the architecture's name.
    private struct Keys {
        let file: GGUFFile
        let architecture: String

        init(_ file: GGUFFile) throws {
            guard let architecture = file.metadata["general.architecture"]?.string else {
                throw CheckpointError(file: file.path, message: "has no general.architecture in its metadata")
            }
            guard ["llama", "qwen2", "qwen3"].contains(architecture) else {
                throw CheckpointError(
                    file: file.path,
                    message: "is of the architecture '\(architecture)'; llama, qwen2 and qwen3 are supported")
            }
            self.file = file
            self.architecture = architecture
        }

        func optional(_ key: String) -> GGUFValue? { file.metadata["\(architecture).\(key)"] }

        func fault(_ key: String, _ message: String) -> CheckpointError {
            CheckpointError(file: file.path, message: "metadata \(architecture).\(key) \(message)")
        }

        func number(_ key: String) throws -> Double {
            guard let value = optional(key)?.float else { throw fault(key, "is missing or no number") }
            return value
        }

        /// A positive integer, or an array of the same one for every layer.
        func size(_ key: String, default fallback: Int? = nil) throws -> Int {
            guard let value = optional(key) else {
                guard let fallback else { throw fault(key, "is missing") }
                return fallback
            }
            if let list = value.integers, let first = list.first, !list.allSatisfy({ $0 == first }) {
                throw fault(key, "differs between layers, which is not supported")
            }
            guard let size = value.integer ?? value.integers?.first, size > 0, size <= ModelConfiguration.maximumSize
            else {
                throw fault(key, "is not a number from 1 to \(ModelConfiguration.maximumSize)")
            }
            return size
        }

        func headWidth(_ hidden: Int, _ heads: Int) throws -> Int {
            try size("attention.key_length", default: max(1, hidden / heads))
        }
    }
}
