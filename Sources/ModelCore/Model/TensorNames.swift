/// Hugging Face's names of a layer's tensors.
struct TensorNames {
    let layer: Int

    private var prefix: String { "model.layers.\(layer)" }
    var inputNorm: String { "\(prefix).input_layernorm.weight" }
    var postAttentionNorm: String { "\(prefix).post_attention_layernorm.weight" }
    var queryNorm: String { "\(prefix).self_attn.q_norm.weight" }
    var keyNorm: String { "\(prefix).self_attn.k_norm.weight" }

    /// A linear layer, such as `model.layers.0.self_attn.q_proj`.
    func module(_ target: LoRAConfiguration.Target) -> String {
        switch target {
        case .query, .key, .value, .output: "\(prefix).self_attn.\(target.rawValue)"
        case .gate, .up, .down: "\(prefix).mlp.\(target.rawValue)"
        }
    }

    func weight(_ target: LoRAConfiguration.Target) -> String { module(target) + ".weight" }
    func bias(_ target: LoRAConfiguration.Target) -> String { module(target) + ".bias" }
}

extension ModelConfiguration {
    /// Of a linear layer's weight, [out, in].
    func shape(of target: LoRAConfiguration.Target) -> [Int] {
        let queries = headCount * headDimension
        return switch target {
        case .query: [queries, hiddenSize]
        case .key, .value: [keyValueHeadCount * headDimension, hiddenSize]
        case .output: [hiddenSize, queries]
        case .gate, .up: [intermediateSize, hiddenSize]
        case .down: [hiddenSize, intermediateSize]
        }
    }
}
