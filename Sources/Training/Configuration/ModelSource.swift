import Foundation
public import ModelCore

/// Where the model comes from, one of checkpoint and fresh, and what of it is trained.
public struct ModelSource: Codable, Sendable, Equatable {
    /// A Hugging Face folder, a folder of adapters or a .gguf file; `~` is the home folder.
    public var checkpoint: String?
    /// A new byte-level model.
    public var fresh: FreshModel?
    /// Trains low-rank adapters instead of all parameters.
    public var lora: LoRAConfiguration?
    /// How the frozen weights beneath adapters are stored.
    public var weights: WeightPrecision

    public init(checkpoint: String, lora: LoRAConfiguration? = nil, weights: WeightPrecision = .float32) {
        self.checkpoint = checkpoint
        self.lora = lora
        self.weights = weights
    }

    public init(fresh: FreshModel) {
        self.fresh = fresh
        weights = .float32
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        checkpoint = try values.decodeIfPresent(String.self, forKey: .checkpoint)
            .map { NSString(string: $0).expandingTildeInPath }
        fresh = try values.decodeIfPresent(FreshModel.self, forKey: .fresh)
        lora = try values.decodeIfPresent(LoRAConfiguration.self, forKey: .lora)
        weights = try values.decodeIfPresent(WeightPrecision.self, forKey: .weights) ?? .float32
    }

    var purpose: ModelPurpose { lora.map { .adapterTraining($0, weights: weights) } ?? .training }

    func validate() throws(TrainingError) {
        guard (checkpoint == nil) != (fresh == nil) else {
            throw TrainingError(
                .configuration,
                "'model' needs either 'checkpoint' (a Hugging Face folder or a .gguf file) or 'fresh' (the shape of a new model)"
            )
        }
        guard lora != nil || weights == .float32 else {
            throw TrainingError(
                .configuration,
                "'model.weights' is \(weights.rawValue), and all parameters are trained, which needs float32: leave it out, or train adapters ('model.lora')"
            )
        }
        guard let lora else { return }
        guard checkpoint != nil else {
            throw TrainingError(.configuration, "'model.lora' adapts a model that exists: it needs 'model.checkpoint'")
        }
        do {
            try lora.validate()
        } catch {
            throw TrainingError(.configuration, "'model.lora': \(error)")
        }
    }
}

/// The shape of a byte-level Llama that starts from random weights.
public struct FreshModel: Codable, Sendable, Equatable {
    public var hiddenSize: Int
    public var intermediateSize: Int
    public var layerCount: Int
    public var headCount: Int
    public var keyValueHeadCount: Int
    public var maximumPositions: Int

    public init(
        hiddenSize: Int = 128, intermediateSize: Int = 352, layerCount: Int = 4, headCount: Int = 4,
        keyValueHeadCount: Int = 2, maximumPositions: Int = 1024
    ) {
        self.hiddenSize = hiddenSize
        self.intermediateSize = intermediateSize
        self.layerCount = layerCount
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
        self.maximumPositions = maximumPositions
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let defaults = FreshModel()
        hiddenSize = try values.decodeIfPresent(Int.self, forKey: .hiddenSize) ?? defaults.hiddenSize
        intermediateSize = try values.decodeIfPresent(Int.self, forKey: .intermediateSize) ?? defaults.intermediateSize
        layerCount = try values.decodeIfPresent(Int.self, forKey: .layerCount) ?? defaults.layerCount
        headCount = try values.decodeIfPresent(Int.self, forKey: .headCount) ?? defaults.headCount
        keyValueHeadCount =
            try values.decodeIfPresent(Int.self, forKey: .keyValueHeadCount) ?? defaults.keyValueHeadCount
        maximumPositions = try values.decodeIfPresent(Int.self, forKey: .maximumPositions) ?? defaults.maximumPositions
    }

    /// The model's configuration with the byte tokenizer's vocabulary.
    package func configuration(_ tokenizer: ByteTokenizer) -> ModelConfiguration {
        ModelConfiguration(
            vocabularySize: tokenizer.vocabularySize, hiddenSize: hiddenSize, intermediateSize: intermediateSize,
            layerCount: layerCount, headCount: headCount, keyValueHeadCount: keyValueHeadCount,
            maximumPositions: maximumPositions, eosTokenID: tokenizer.endOfText)
    }
}
