import ModelCore

/// Floating-point operations that a model's mathematics needs: products and attention, each multiply-add as two. What is computed
/// again to save memory, norms and activations are not counted.
struct ModelCost {
    private let layers: Double
    /// Weights of one layer's linear maps.
    private let layerWeights: Double
    private let outputWeights: Double
    private let attentionWidth: Double

    init(_ configuration: ModelConfiguration) {
        let (d, width) = (configuration.hiddenSize, configuration.headDimension)
        let projections = d * (2 * configuration.headCount + 2 * configuration.keyValueHeadCount) * width
        layers = Double(configuration.layerCount)
        layerWeights = Double(projections + 3 * d * configuration.intermediateSize)
        outputWeights = Double(configuration.vocabularySize * d)
        attentionWidth = Double(configuration.headCount * width)
    }

    /// Forward over `tokens` tokens that see `pairs` tokens in sum, with logits for `predictions` of them.
    func forward(tokens: Int, pairs: Int, predictions: Int) -> Double {
        let linear = Double(tokens) * layers * layerWeights + Double(predictions) * outputWeights
        return 2 * linear + 4 * Double(pairs) * layers * attentionWidth
    }

    /// Forward and backward: three times the forward pass.
    func training(tokens: Int, pairs: Int, predictions: Int) -> Double {
        3 * forward(tokens: tokens, pairs: pairs, predictions: predictions)
    }

    /// Tokens seen in sum by those of a sequence.
    static func pairs(_ length: Int) -> Int { length * (length + 1) / 2 }
}
