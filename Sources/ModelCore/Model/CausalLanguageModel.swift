/// A decoder-only transformer of the Llama, Qwen2 and Qwen3 families, over token forests.
///
/// Not Sendable: owned by one thread at a time, such as an actor on a ``ComputeExecutor``.
public final class CausalLanguageModel {
    public let configuration: ModelConfiguration
    /// The weights; frozen where adapters are trained, or nothing is.
    public let parameters: ParameterStore
    /// Low-rank adapters on top of the weights.
    let adapters: AdapterSet?
    /// Whether a layer's intermediate results are computed again in backward instead of kept.
    public var checkpointsActivations = false
    let layers: [TransformerLayer]
    /// The layers without their adapters, which read the same weights.
    private let baseLayers: [TransformerLayer]
    let embedding: WeightMatrix
    let finalNorm: Tensor
    /// The embedding itself where the two are tied.
    let outputEmbedding: WeightMatrix
    let rotary: RotaryTable

    /// A model with fresh parameters: weights normal with standard deviation 0.02, norms one, biases zero, as transformers makes them.
    ///
    /// - Parameter purpose: its adapters are fresh, and change nothing yet.
    /// - Throws: ``ModelError`` when the configuration does not hold together.
    public convenience init(
        configuration: ModelConfiguration, seed: UInt64, for purpose: ModelPurpose = .training
    ) throws {
        try self.init(zeros: configuration, for: purpose, adapterSeed: seed)
        initialise(seed: seed)
    }

    /// A model whose weights are still to be filled in.
    ///
    /// - Parameter adapterSeed: of fresh adapters.
    init(zeros configuration: ModelConfiguration, for purpose: ModelPurpose, adapterSeed: UInt64 = 0) throws {
        try configuration.validate()
        try purpose.lora?.validate()
        self.configuration = configuration
        let parameters = ParameterStore(
            Self.parameterList(configuration), precision: purpose.precision, isTrainable: purpose.isTraining)
        self.parameters = parameters
        let adapters = purpose.lora.map { AdapterSet($0, model: configuration, seed: adapterSeed) }
        self.adapters = adapters
        func layers(_ adapters: AdapterSet?) -> [TransformerLayer] {
            (0..<configuration.layerCount).map {
                TransformerLayer(index: $0, configuration: configuration, parameters: parameters, adapters: adapters)
            }
        }
        self.layers = layers(adapters)
        baseLayers = adapters == nil ? self.layers : layers(nil)
        embedding = parameters.matrix(["model.embed_tokens.weight"])
        finalNorm = parameters.tensor("model.norm.weight")
        outputEmbedding = configuration.tieWordEmbeddings ? embedding : parameters.matrix(["lm_head.weight"])
        rotary = RotaryTable(
            width: configuration.headDimension, theta: configuration.ropeTheta, scaling: configuration.ropeScaling)
    }

    /// What an optimiser updates: the adapters where there are any, else all parameters.
    public var trainable: ParameterStore { adapters?.parameters ?? parameters }

    public var lora: LoRAConfiguration? { adapters?.configuration }

    /// Names and shapes in the order in which they lie in the buffer: what one GEMM reads lies together.
    static func parameterList(
        _ configuration: ModelConfiguration
    ) -> [(name: String, shape: [Int], decays: Bool)] {
        var list: [(name: String, shape: [Int], decays: Bool)] = [
            ("model.embed_tokens.weight", [configuration.vocabularySize, configuration.hiddenSize], true)
        ]
        for index in 0..<configuration.layerCount {
            list += TransformerLayer.parameterList(index: index, configuration: configuration)
        }
        list.append(("model.norm.weight", [configuration.hiddenSize], false))
        if !configuration.tieWordEmbeddings {
            list.append(("lm_head.weight", [configuration.vocabularySize, configuration.hiddenSize], true))
        }
        return list
    }

    private func initialise(seed: UInt64) {
        var normal = NormalGenerator(seed: seed)
        for entry in parameters.entries {
            parameters.fill(entry) { values in
                if entry.decays {
                    for index in 0..<entry.count { values[index] = 0.02 * normal.next() }
                } else {
                    values.update(repeating: entry.name.hasSuffix("norm.weight") ? 1 : 0, count: entry.count)
                }
            }
        }
    }

    /// The values of a parameter with what the adapters add to it.
    ///
    /// - Throws: ``ModelError`` when there is no such parameter.
    public func mergedValues(of name: String) throws -> [Float] {
        var values = try parameters.values(name)
        adapters?.merge(into: &values, of: name)
        return values
    }

    /// Log-probabilities of the predictions under logits / temperature, without derivatives.
    ///
    /// Logits are made only for rows that predict something, a chunk at a time.
    ///
    /// - Parameter usingAdapters: false for the frozen model beneath: a reference model at no memory.
    /// - Throws: ``TensorError`` for tokens outside the vocabulary, ``ModelError`` for rows or positions out of range.
    public func logProbabilities(
        of predictions: [Prediction], in forest: TokenForest, temperature: Float = 1, usingAdapters: Bool = true
    ) throws -> PredictionScores {
        try score(
            predictions, in: forest, temperature: temperature, on: Tape(recording: false),
            layers: usingAdapters ? layers : baseLayers, loss: nil)
    }

    /// Runs forward, hands the scores to `loss`, and adds the loss's derivatives to the gradients of ``trainable``.
    ///
    /// - Parameter loss: returns dLoss/d(log-probability) for each prediction. An algorithm sees plain numbers and needs to know nothing of the model.
    /// - Returns: the scores that `loss` saw.
    public func accumulateGradients(
        of predictions: [Prediction], in forest: TokenForest, temperature: Float = 1,
        loss: (PredictionScores) throws -> [Float]
    ) throws -> PredictionScores {
        try accumulatePolicyGradients(of: predictions, in: forest, temperature: temperature) {
            PredictionDerivatives(logProbabilities: try loss($0))
        }
    }

    /// The same for a loss that may depend on the entropies of the distributions that the predictions come from.
    ///
    /// - Parameter loss: returns dLoss/d(log-probability), and perhaps dLoss/d(entropy), for each prediction.
    public func accumulatePolicyGradients(
        of predictions: [Prediction], in forest: TokenForest, temperature: Float = 1,
        loss: (PredictionScores) throws -> PredictionDerivatives
    ) throws -> PredictionScores {
        let tape = Tape(recording: true)
        let scores = try withoutActuallyEscaping(loss) { loss in
            try score(predictions, in: forest, temperature: temperature, on: tape, layers: layers, loss: loss)
        }
        tape.backward()
        return scores
    }

    /// The logits [rows.count, V] of chosen rows of the forest, for tests and tools.
    public func logits(rows: [Int], in forest: TokenForest) throws -> Tensor {
        let tape = Tape(recording: false)
        let layout = ForestLayout(forest)
        try check(rows: rows, in: forest)
        let hidden = try hiddenStates(layout, rows: rows.map { layout.rowOrder[$0] }, on: tape, layers: layers)
        return try tape.linear(hidden, LinearLayer(weight: outputEmbedding))
    }

    private func score(
        _ predictions: [Prediction], in forest: TokenForest, temperature: Float, on tape: Tape,
        layers: [TransformerLayer], loss: ((PredictionScores) throws -> PredictionDerivatives)?
    ) throws -> PredictionScores {
        guard temperature > 0, temperature.isFinite else {
            throw ModelError("a temperature of \(temperature): log-probabilities need one above 0")
        }
        try check(rows: predictions.map(\.row), in: forest)
        guard !predictions.isEmpty else {
            let none = PredictionScores(logProbabilities: [], entropies: [])
            _ = try loss?(none)
            return none
        }
        let layout = ForestLayout(forest)
        // Only rows that predict something go through the last layer.
        let needed = Set(predictions.map { layout.rowOrder[$0.row] }).sorted()
        let place = Dictionary(uniqueKeysWithValues: needed.enumerated().map { ($0.element, $0.offset) })
        let hidden = try hiddenStates(layout, rows: needed, on: tape, layers: layers)
        let gathered = predictions.map { prediction in
            Prediction(row: place[layout.rowOrder[prediction.row]] ?? 0, token: prediction.token)
        }
        return try tape.logSoftmaxGather(
            hidden, table: outputEmbedding, predictions: gathered, temperature: temperature, derivatives: loss)
    }

    private func check(rows: [Int], in forest: TokenForest) throws {
        if let outside = rows.first(where: { $0 < 0 || $0 >= forest.tokenCount }) {
            throw ModelError("row \(outside) of a forest of \(forest.tokenCount) tokens")
        }
    }

    /// The normalised hidden states of chosen depth-first rows, [rows.count, d].
    private func hiddenStates(
        _ layout: ForestLayout, rows: [Int], on tape: Tape, layers: [TransformerLayer]
    ) throws -> Tensor {
        if let last = layout.positions.max(), Int(last) >= configuration.maximumPositions {
            throw ModelError(
                "a path of \(last + 1) tokens is longer than the model's max_position_embeddings \(configuration.maximumPositions)"
            )
        }
        var x = try tape.embedding(layout.tokens, table: embedding)
        for layer in layers {
            let apply = { [rotary] (tape: Tape, x: Tensor) in
                try layer.apply(to: x, layout: layout, rotary: rotary, on: tape)
            }
            x = try checkpointsActivations ? tape.checkpointed(x, apply) : apply(tape, x)
        }
        x = try tape.gather(x, rows: rows)
        return try tape.rmsNorm(x, weight: finalNorm, epsilon: configuration.rmsNormEpsilon)
    }
}
