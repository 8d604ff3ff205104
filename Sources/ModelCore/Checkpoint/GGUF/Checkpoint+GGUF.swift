import Foundation

extension Checkpoint {
    /// Makes a Hugging Face folder from a GGUF: config.json, generation_config.json and the dequantised weights, one tensor in memory at a
    /// time.
    ///
    /// - Parameters:
    ///   - folder: as in ``save(_:tokenizer:to:dataType:shardBytes:addingFiles:)``.
    ///   - dataType: of the weights. BF16 has 8 bits of precision: quantised weights are rounded once more.
    ///   - addingFiles: puts further files, such as the tokenizer's, into the temporary folder.
    /// - Returns: the configuration that was written.
    /// - Throws: ``CheckpointError`` naming the GGUF, or the folder when it cannot be written.
    @discardableResult
    public static func convert(
        _ file: GGUFFile, to folder: String, dataType: SafetensorsFile.DataType = .bfloat16,
        shardBytes: Int = shardBytes, addingFiles: (_ temporaryFolder: String) throws -> Void = { _ in }
    ) throws -> ModelConfiguration {
        let configuration = try file.modelConfiguration()
        let weights = try GGUFWeights(file: file, configuration: configuration)
        let wanted = CausalLanguageModel.parameterList(configuration).map { (name: $0.name, shape: $0.shape) }
        try check(weights, has: wanted, for: configuration)
        try replace(folder) { temporary in
            var generation = GenerationConfiguration()
            generation.endTokens = [configuration.eosTokenID].compactMap { $0 }
            generation.beginToken = configuration.bosTokenID
            generation.padToken = file.metadata["tokenizer.ggml.padding_token_id"]?.integer.flatMap {
                TokenID(exactly: $0)
            }
            try write(configuration, generation, dataType: dataType, into: temporary)
            let shapes = Dictionary(uniqueKeysWithValues: wanted.map { ($0.name, $0.shape) })
            try writeWeights(
                wanted.map { .init(name: $0.name, shape: $0.shape, dataType: dataType) }, into: temporary,
                shardBytes: shardBytes
            ) { name in
                let count = (shapes[name] ?? []).reduce(1, *)
                return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                    if let base = buffer.baseAddress { try weights.read(name, into: base) }
                    initialized = count
                }
            }
            try addingFiles(temporary)
        }
        return configuration
    }

    /// The model of a Hugging Face folder or of a GGUF file, without a tokenizer.
    ///
    /// - Throws: ``CheckpointError``.
    public static func loadModel(from path: String) throws -> CausalLanguageModel {
        guard path.lowercased().hasSuffix(".gguf") else {
            let model = try CausalLanguageModel(configuration: configuration(of: path), seed: 0)
            try loadWeights(into: model, from: SafetensorsWeights(folder: path))
            return model
        }
        let file = try GGUFFile(path: path)
        let configuration = try file.modelConfiguration()
        let weights = try GGUFWeights(file: file, configuration: configuration)
        let wanted = CausalLanguageModel.parameterList(configuration).map { (name: $0.name, shape: $0.shape) }
        // Before anything of the model's size is allocated.
        try check(weights, has: wanted, for: configuration)
        let model = try CausalLanguageModel(configuration: configuration, seed: 0)
        try loadWeights(into: model, from: weights)
        return model
    }
}
