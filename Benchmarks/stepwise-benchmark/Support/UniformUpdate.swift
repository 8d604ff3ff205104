import ModelCore

/// A training step whose loss is the mean over predictions: forward, backward, clipping, AdamW.
struct UniformUpdate {
    private let model: CausalLanguageModel
    private let optimizer: AdamW

    init(_ model: CausalLanguageModel) {
        self.model = model
        optimizer = AdamW(parameters: model.parameters, configuration: AdamWConfiguration(learningRate: 1e-8))
    }

    func run(_ predictions: [Prediction], in forest: TokenForest) throws {
        model.parameters.zeroGradients()
        _ = try model.accumulateGradients(of: predictions, in: forest) { _ in
            [Float](repeating: -1 / Float(predictions.count), count: predictions.count)
        }
        model.parameters.clipGradients(maximumNorm: 1)
        // So small a rate that the weights, and with them the work, stay the same.
        optimizer.step(learningRate: 1e-8)
    }
}
