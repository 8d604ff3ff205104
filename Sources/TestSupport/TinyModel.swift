package import ModelCore

/// Models small enough for a test to compare with anything.
package enum TinyModel {
    package static func configuration(
        modelType: String = "llama", vocabularySize: Int = 37, tied: Bool = true, attentionBias: Bool = false,
        keyValueHeads: Int = 2, mlpBias: Bool = false
    ) -> ModelConfiguration {
        ModelConfiguration(
            modelType: modelType, vocabularySize: vocabularySize, hiddenSize: 24, intermediateSize: 40, layerCount: 3,
            headCount: 4, keyValueHeadCount: keyValueHeads, headDimension: 8, maximumPositions: 512,
            tieWordEmbeddings: tied,
            attentionBias: attentionBias, mlpBias: mlpBias)
    }

    /// A model whose weights are large enough that its distributions are far from uniform; biases and norms are not left at zero and one.
    package static func make(_ configuration: ModelConfiguration = configuration(), seed: UInt64 = 1) throws
        -> CausalLanguageModel
    {
        let model = try CausalLanguageModel(configuration: configuration, seed: seed)
        for entry in model.parameters.entries {
            var values = try model.parameters.values(entry.name)
            for index in values.indices {
                if entry.decays {
                    values[index] *= 8
                } else {
                    values[index] += 0.3 * Float((index * 7 + entry.offset) % 11 - 5) / 5
                }
            }
            try model.parameters.setValues(entry.name, values)
        }
        return model
    }
}
