import Foundation

extension Checkpoint {
    /// Makes a Hugging Face folder from a GGUF: config.json, generation_config.json, the tokenizer's files where it
    /// has one, and the dequantised weights, one tensor in memory at a time.
    ///
    /// - Parameters:
    ///   - folder: as in ``save(_:tokenizer:to:dataType:shardBytes:addingFiles:)``.
    ///   - dataType: of the weights. BF16 has 8 bits of precision: quantised weights are rounded once more.
    ///   - addingFiles: puts further files into the temporary folder.
    /// - Returns: the configuration that was written.
    /// - Throws: ``CheckpointError`` and ``TokenizerError`` naming the GGUF, or the folder when it cannot be written.
    @discardableResult
    public static func convert(
        _ file: GGUFFile, to folder: String, dataType: SafetensorsFile.DataType = .bfloat16,
        shardBytes: Int = shardBytes, addingFiles: (_ temporaryFolder: String) throws -> Void = { _ in }
    ) throws -> ModelConfiguration {
        let configuration = try file.modelConfiguration()
        let weights = try GGUFWeights(file: file, configuration: configuration)
        let wanted = CausalLanguageModel.parameterList(configuration).map { (name: $0.name, shape: $0.shape) }
        try check(weights, has: wanted, for: configuration)
        let tokenizer = try file.tokenizer()
        if let tokenizer { try check(tokenizer, fits: configuration, of: file.path) }
        try replace(folder) { temporary in
            try write(configuration, file.generationConfiguration(), dataType: dataType, into: temporary)
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
            try tokenizer?.write(to: temporary)
            try addingFiles(temporary)
        }
        return configuration
    }

    /// The model of a Hugging Face folder or of a GGUF file, without a tokenizer.
    ///
    /// - Throws: ``CheckpointError``.
    public static func loadModel(
        from path: String, for purpose: ModelPurpose = .training
    ) throws -> CausalLanguageModel {
        guard isGGUF(path) else {
            return try model(configuration(of: path), from: SafetensorsWeights(folder: path), for: purpose)
        }
        return try loadModel(from: GGUFFile(path: path), for: purpose)
    }

    static func isGGUF(_ path: String) -> Bool { path.lowercased().hasSuffix(".gguf") }

    static func loadModel(from file: GGUFFile, for purpose: ModelPurpose) throws -> CausalLanguageModel {
        let configuration = try file.modelConfiguration()
        return try model(
            configuration, from: GGUFWeights(file: file, configuration: configuration), for: purpose)
    }

    static func loadGGUF(
        from path: String, for purpose: ModelPurpose
    ) throws -> (model: CausalLanguageModel, tokenizer: any Tokenizer) {
        let file = try GGUFFile(path: path)
        guard let tokenizer = try file.tokenizer() else {
            throw CheckpointError(file: path, message: "has no tokenizer (tokenizer.ggml.model) in its metadata")
        }
        try check(tokenizer, fits: file.modelConfiguration(), of: path)
        return (try loadModel(from: file, for: purpose), tokenizer)
    }
}
