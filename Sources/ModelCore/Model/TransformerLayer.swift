/// One pre-norm layer: attention and SwiGLU, each added to its input.
struct TransformerLayer {
    let configuration: ModelConfiguration
    let inputNorm: Tensor
    /// Queries, keys and values in one matrix [(heads + 2 * keyValueHeads) * width, d].
    let queryKeyValue: Tensor
    let queryKeyValueBias: Tensor?
    /// Qwen3's norms [width] over each head's queries and keys.
    let queryNorm: Tensor?
    let keyNorm: Tensor?
    let output: Tensor
    let outputBias: Tensor?
    let postAttentionNorm: Tensor
    /// Gate and up in one matrix [2 * intermediate, d].
    let gateUp: Tensor
    let gateUpBias: Tensor?
    let down: Tensor
    let downBias: Tensor?

    init(index: Int, configuration: ModelConfiguration, parameters: ParameterStore) {
        let names = Names(index: index)
        self.configuration = configuration
        inputNorm = parameters.view([names.inputNorm])
        queryKeyValue = parameters.view(names.queryKeyValue("weight"))
        queryKeyValueBias =
            configuration.hasQueryKeyValueBias ? parameters.view(names.queryKeyValue("bias")) : nil
        queryNorm = configuration.hasQueryKeyNorms ? parameters.view([names.queryNorm]) : nil
        keyNorm = configuration.hasQueryKeyNorms ? parameters.view([names.keyNorm]) : nil
        output = parameters.view([names.output("weight")])
        outputBias = configuration.hasOutputBias ? parameters.view([names.output("bias")]) : nil
        postAttentionNorm = parameters.view([names.postAttentionNorm])
        gateUp = parameters.view(names.gateUp("weight"))
        gateUpBias = configuration.mlpBias ? parameters.view(names.gateUp("bias")) : nil
        down = parameters.view([names.down("weight")])
        downBias = configuration.mlpBias ? parameters.view([names.down("bias")]) : nil
    }

    static func parameterList(
        index: Int, configuration: ModelConfiguration
    ) -> [(name: String, shape: [Int], decays: Bool)] {
        let names = Names(index: index)
        let (d, inner) = (configuration.hiddenSize, configuration.intermediateSize)
        let queries = configuration.headCount * configuration.headDimension
        let keys = configuration.keyValueHeadCount * configuration.headDimension
        var list: [(name: String, shape: [Int], decays: Bool)] = [(names.inputNorm, [d], false)]
        list += zip(names.queryKeyValue("weight"), [queries, keys, keys]).map { ($0, [$1, d], true) }
        if configuration.hasQueryKeyValueBias {
            list += zip(names.queryKeyValue("bias"), [queries, keys, keys]).map { ($0, [$1], false) }
        }
        if configuration.hasQueryKeyNorms {
            list += [names.queryNorm, names.keyNorm].map { ($0, [configuration.headDimension], false) }
        }
        list.append((names.output("weight"), [d, queries], true))
        if configuration.hasOutputBias { list.append((names.output("bias"), [d], false)) }
        list.append((names.postAttentionNorm, [d], false))
        list += names.gateUp("weight").map { ($0, [inner, d], true) }
        if configuration.mlpBias { list += names.gateUp("bias").map { ($0, [inner], false) } }
        list.append((names.down("weight"), [d, inner], true))
        if configuration.mlpBias { list.append((names.down("bias"), [d], false)) }
        return list
    }

    /// x [T, d] -> [T, d], rows in the layout's order.
    func apply(to x: Tensor, layout: ForestLayout, rotary: RotaryTable, on tape: Tape) throws -> Tensor {
        let shape = configuration.attentionShape
        let normed = try tape.rmsNorm(x, weight: inputNorm, epsilon: configuration.rmsNormEpsilon)
        var projected = try tape.linear(normed, weight: queryKeyValue, bias: queryKeyValueBias)
        if let queryNorm, let keyNorm {
            projected = try tape.headNorms(
                projected, shape: shape, queryWeight: queryNorm, keyWeight: keyNorm,
                epsilon: configuration.rmsNormEpsilon)
        }
        let rotated = try tape.rotary(
            projected, heads: shape.heads + shape.keyValueHeads, positions: layout.positions, table: rotary)
        let attended = try tape.forestAttention(rotated, layout: layout, shape: shape)
        let middle = try tape.add(x, tape.linear(attended, weight: output, bias: outputBias))
        let again = try tape.rmsNorm(middle, weight: postAttentionNorm, epsilon: configuration.rmsNormEpsilon)
        let gated = try tape.swiGLU(tape.linear(again, weight: gateUp, bias: gateUpBias))
        return try tape.add(middle, tape.linear(gated, weight: down, bias: downBias))
    }

    /// Hugging Face's tensor names.
    private struct Names {
        let index: Int

        private var layer: String { "model.layers.\(index)" }
        var inputNorm: String { "\(layer).input_layernorm.weight" }
        var postAttentionNorm: String { "\(layer).post_attention_layernorm.weight" }
        func queryKeyValue(_ kind: String) -> [String] {
            ["q", "k", "v"].map { "\(layer).self_attn.\($0)_proj.\(kind)" }
        }
        var queryNorm: String { "\(layer).self_attn.q_norm.weight" }
        var keyNorm: String { "\(layer).self_attn.k_norm.weight" }
        func output(_ kind: String) -> String { "\(layer).self_attn.o_proj.\(kind)" }
        func gateUp(_ kind: String) -> [String] { ["gate", "up"].map { "\(layer).mlp.\($0)_proj.\(kind)" } }
        func down(_ kind: String) -> String { "\(layer).mlp.down_proj.\(kind)" }
    }
}
