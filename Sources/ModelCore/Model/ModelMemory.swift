/// Bytes that a model of a given shape needs for each kind of work.
package struct ModelMemory {
    let model: ModelConfiguration
    let purpose: ModelPurpose

    package init(model: ModelConfiguration, purpose: ModelPurpose) {
        self.model = model
        self.purpose = purpose
    }

    private var layers: Int { model.layerCount }
    private var fusedWidth: Int { (model.headCount + 2 * model.keyValueHeadCount) * model.headDimension }
    private var attendedWidth: Int { model.headCount * model.headDimension }

    /// Parameters in matrices, the embedding counted once where it is tied.
    private var matrixCount: Int {
        let layer =
            model.hiddenSize * (fusedWidth + attendedWidth) + 3 * model.hiddenSize * model.intermediateSize
        let tables = model.tieWordEmbeddings ? 1 : 2
        return layers * layer + tables * model.vocabularySize * model.hiddenSize
    }

    /// The model's weights, norms and biases left out: they are some millionths.
    package var weights: Int { matrixCount * purpose.precision.byteCount }

    /// A model beside it that nothing is trained of.
    package var reference: Int { purpose.lora == nil ? matrixCount * 4 : 0 }

    private var trainableCount: Int {
        guard let lora = purpose.lora else { return matrixCount }
        let (d, q) = (model.hiddenSize, attendedWidth)
        let kv = model.keyValueHeadCount * model.headDimension
        return layers
            * lora.targets.reduce(0) { sum, target in
                switch target {
                case .query, .output: sum + lora.rank * (d + q)
                case .key, .value: sum + lora.rank * (d + kv)
                case .gate, .up, .down: sum + lora.rank * (d + model.intermediateSize)
                }
            }
    }

    /// Values of what is trained, its gradients and AdamW's two moments, the values left out where they are the weights.
    package var training: Int { trainableCount * 4 * (purpose.lora == nil ? 3 : 4) }

    /// All that stays for the whole run.
    package var held: Int { weights + training }

    /// The weights once more, in the order in which decoding reads them: frozen BF16 as such, others in Float32, which they need once they
    /// have been trained.
    package var packedWeights: Int {
        let embedding = model.vocabularySize * model.hiddenSize
        // The input embedding is looked up where it lies; the output embedding is packed.
        return (matrixCount - (model.tieWordEmbeddings ? 0 : embedding)) * purpose.precision.byteCount
    }

    /// Keys and values of a token in the decoder's cache.
    package var cachedToken: Int { layers * 2 * model.keyValueHeadCount * model.headDimension * 4 }

    /// A row of logits.
    package var logitsRow: Int { model.vocabularySize * 4 }

    /// What forward keeps of a token for backward, in one layer: projections, attended, two sums, gate and up.
    private var layerToken: Int {
        let headNorms = model.hasQueryKeyNorms ? fusedWidth : 0
        return (2 * model.hiddenSize + fusedWidth + headNorms + attendedWidth + 2 * model.intermediateSize) * 4
    }

    /// What is computed again and the largest gradients that are alive at one time, of a token.
    private var gradientToken: Int { (4 * model.intermediateSize + 4 * model.hiddenSize) * 4 }

    /// One forward and backward pass over `tokens`.
    package func pass(tokens: Int, activationCheckpointing: Bool) -> Int {
        let kept = activationCheckpointing ? layers * model.hiddenSize * 4 + layerToken : layers * layerToken
        let head =
            Tape.logitsBytes(
                rows: tokens, vocabulary: model.vocabularySize, width: model.hiddenSize,
                isHalf: purpose.precision != .float32) + tokens * 4 * model.hiddenSize * 4
        // Logits and a layer's gradients are not alive at the same time, but their buffers have different sizes.
        return tokens * (kept + gradientToken) + head
    }
}
