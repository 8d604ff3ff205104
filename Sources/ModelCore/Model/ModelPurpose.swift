/// What a model is loaded for, which decides how its weights are held.
public enum ModelPurpose: Sendable, Equatable {
    /// All parameters are trained: Float32, with gradients.
    case training
    /// Low-rank adapters are trained on top of weights that stay as they are and need no gradients.
    case adapterTraining(LoRAConfiguration, weights: WeightPrecision)
    /// Nothing is trained.
    case inference(weights: WeightPrecision)

    var isTraining: Bool { self == .training }

    /// Of the weights; what is trained is always Float32.
    public var precision: WeightPrecision {
        switch self {
        case .training: .float32
        case .adapterTraining(_, let weights), .inference(let weights): weights
        }
    }

    public var lora: LoRAConfiguration? {
        if case .adapterTraining(let lora, _) = self { lora } else { nil }
    }
}

/// How frozen matrices are stored; products are Float32 in either case.
public enum WeightPrecision: String, Codable, Sendable, CaseIterable {
    case float32
    /// Half the memory. Exact for checkpoints that are stored in BF16.
    case bfloat16

    /// Of one element.
    public var byteCount: Int { self == .float32 ? 4 : 2 }
}
