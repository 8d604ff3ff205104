/// One pre-norm layer: attention and SwiGLU, each added to its input.
struct TransformerLayer {
    let configuration: ModelConfiguration
    let inputNorm: Tensor
    /// Queries, keys and values in one matrix [(heads + 2 * keyValueHeads) * width, d].
    let queryKeyValue: LinearLayer
    /// Qwen3's norms [width] over each head's queries and keys.
    let queryNorm: Tensor?
    let keyNorm: Tensor?
    let output: LinearLayer
    let postAttentionNorm: Tensor
    /// Gate and up in one matrix [2 * intermediate, d].
    let gateUp: LinearLayer
    let down: LinearLayer

    init(
        index: Int, configuration: ModelConfiguration, parameters: ParameterStore, adapters: AdapterSet?
    ) {
        let names = TensorNames(layer: index)
        func linear(_ targets: [LoRAConfiguration.Target], hasBias: Bool) -> LinearLayer {
            LinearLayer(
                weight: parameters.matrix(targets.map(names.weight)),
                bias: hasBias ? parameters.vector(targets.map(names.bias)) : nil,
                adapters: adapters?.adapters(of: targets, layer: index) ?? [])
        }
        self.configuration = configuration
        inputNorm = parameters.tensor(names.inputNorm)
        queryKeyValue = linear([.query, .key, .value], hasBias: configuration.hasQueryKeyValueBias)
        queryNorm = configuration.hasQueryKeyNorms ? parameters.tensor(names.queryNorm) : nil
        keyNorm = configuration.hasQueryKeyNorms ? parameters.tensor(names.keyNorm) : nil
        output = linear([.output], hasBias: configuration.hasOutputBias)
        postAttentionNorm = parameters.tensor(names.postAttentionNorm)
        gateUp = linear([.gate, .up], hasBias: configuration.mlpBias)
        down = linear([.down], hasBias: configuration.mlpBias)
    }

    static func parameterList(
        index: Int, configuration: ModelConfiguration
    ) -> [(name: String, shape: [Int], decays: Bool)] {
        let names = TensorNames(layer: index)
        let d = configuration.hiddenSize
        var list: [(name: String, shape: [Int], decays: Bool)] = [(names.inputNorm, [d], false)]
        func add(_ targets: [LoRAConfiguration.Target], hasBias: Bool) {
            let shapes = targets.map(configuration.shape(of:))
            list += zip(targets, shapes).map { (names.weight($0), $1, true) }
            if hasBias { list += zip(targets, shapes).map { (names.bias($0), [$1[0]], false) } }
        }
        add([.query, .key, .value], hasBias: configuration.hasQueryKeyValueBias)
        if configuration.hasQueryKeyNorms {
            list += [names.queryNorm, names.keyNorm].map { ($0, [configuration.headDimension], false) }
        }
        add([.output], hasBias: configuration.hasOutputBias)
        list.append((names.postAttentionNorm, [d], false))
        add([.gate, .up], hasBias: configuration.mlpBias)
        add([.down], hasBias: configuration.mlpBias)
        return list
    }

    /// x [T, d] -> [T, d], rows in the layout's order.
    func apply(to x: Tensor, layout: ForestLayout, rotary: RotaryTable, on tape: Tape) throws -> Tensor {
        let shape = configuration.attentionShape
        // A linear layer's derivative reads its input but not its output; norms and SwiGLU are cheap to compute again.
        let normed = try tape.rmsNorm(x, weight: inputNorm, epsilon: configuration.rmsNormEpsilon)
        var projected = try tape.linear(normed, queryKeyValue)
        normed.discardValues()
        if let queryNorm, let keyNorm {
            projected = try tape.headNorms(
                projected, shape: shape, queryWeight: queryNorm, keyWeight: keyNorm,
                epsilon: configuration.rmsNormEpsilon)
        }
        let rotated = try tape.rotary(
            projected, heads: shape.heads + shape.keyValueHeads, positions: layout.positions, table: rotary)
        let attended = try tape.forestAttention(rotated, layout: layout, shape: shape)
        let attentionOutput = try tape.linear(attended, output)
        let middle = try tape.add(x, attentionOutput)
        attentionOutput.discardValues()
        let normedMiddle = try tape.rmsNorm(middle, weight: postAttentionNorm, epsilon: configuration.rmsNormEpsilon)
        let gated = try tape.swiGLU(tape.linear(normedMiddle, gateUp))
        normedMiddle.discardValues()
        let feedForwardOutput = try tape.linear(gated, down)
        gated.discardValues()
        let result = try tape.add(middle, feedForwardOutput)
        feedForwardOutput.discardValues()
        return result
    }
}
