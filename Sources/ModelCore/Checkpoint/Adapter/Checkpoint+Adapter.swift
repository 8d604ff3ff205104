import Foundation

/// Folders that hold low-rank adapters alone, in PEFT's form: adapter_config.json, which names the frozen model, adapter_model.safetensors, and
/// the tokenizer's files.
extension Checkpoint {
    /// The path of the frozen model that an adapter folder names; nil for a folder that is a whole checkpoint.
    ///
    /// A relative path begins at the adapter folder or, where nothing lies there, at the working directory, as PEFT has it.
    ///
    /// - Throws: ``CheckpointError`` when the folder's adapter_config.json cannot be read.
    public static func adapterBase(of folder: String) throws -> String? {
        try adapterFile(of: folder).map { path(of: $0.base, from: folder) }
    }

    private static func path(of base: String, from folder: String) -> String {
        guard !base.hasPrefix("/") else { return base }
        let beside = URL(fileURLWithPath: folder + "/" + base).standardizedFileURL.path
        return FileManager.default.fileExists(atPath: beside) ? beside : base
    }

    private static func adapterFile(of folder: String) throws -> AdapterFile? {
        let path = folder + "/" + AdapterFile.name
        guard FileManager.default.fileExists(atPath: path),
            !FileManager.default.fileExists(atPath: folder + "/" + configurationFile)
        else { return nil }
        do {
            return try decode(AdapterFile.self, from: path)
        } catch let error as ModelError {
            throw CheckpointError(file: path, message: error.description)
        }
    }

    /// Writes the adapters of a model; as ``save(_:tokenizer:to:dataType:shardBytes:addingFiles:)``, the folder appears whole or not at all.
    ///
    /// - Parameter base: where the frozen model lies.
    public static func saveAdapters(
        _ model: CausalLanguageModel, tokenizer: any Tokenizer, base: String, to folder: String,
        addingFiles: (_ temporaryFolder: String) throws -> Void = { _ in }
    ) throws {
        guard let lora = model.lora else { throw ModelError("the model has no adapters to be saved") }
        try replace(folder) { temporary in
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let file = AdapterFile(base: URL(fileURLWithPath: base).standardizedFileURL.path, lora: lora)
            try CheckpointError.naming(temporary) {
                try FileSystem.write(encoder.encode(file), to: temporary + "/" + AdapterFile.name)
                try tokenizer.write(to: temporary)
            }
            let parameters = model.trainable
            try SafetensorsFile.write(
                parameters.entries.map { .init(name: $0.name, shape: $0.shape) },
                to: temporary + "/" + AdapterFile.weightsName
            ) { try parameters.values($0) }
            try addingFiles(temporary)
        }
    }

    /// The frozen model beneath an adapter folder with the adapters on top; nil for a folder that is a whole checkpoint.
    static func loadAdapters(
        from folder: String, for purpose: ModelPurpose
    ) throws -> (model: CausalLanguageModel, tokenizer: any Tokenizer)? {
        guard let file = try adapterFile(of: folder) else { return nil }
        let path = folder + "/" + AdapterFile.name
        guard purpose != .training else {
            throw CheckpointError(
                file: path,
                message:
                    "holds adapters; train them with 'model.lora', or make a whole checkpoint first: stepwise-trainer merge"
            )
        }
        if let lora = purpose.lora, !lora.isEquivalent(to: file.lora) {
            throw CheckpointError(
                file: path,
                message: "rank \(file.lora.rank), alpha \(file.lora.alpha), targets "
                    + "\(file.lora.targets.map(\.rawValue)); 'model.lora' asks for rank \(lora.rank), alpha \(lora.alpha), "
                    + "targets \(lora.targets.map(\.rawValue))")
        }
        let base = Self.path(of: file.base, from: folder)
        guard FileManager.default.fileExists(atPath: base) else {
            throw CheckpointError(
                file: path,
                message:
                    "the model that it adapts, \(file.base), does not exist: move it there, or correct base_model_name_or_path"
            )
        }
        let (model, _) = try load(from: base, for: .adapterTraining(file.lora, weights: purpose.precision))
        let weights = try SafetensorsWeights(
            single: SafetensorsFile(path: folder + "/" + AdapterFile.weightsName), authority: AdapterFile.name)
        let entries = model.trainable.entries
        try check(weights, has: entries.map { ($0.name, $0.shape) }, for: model.configuration)
        for entry in entries { try model.trainable.fill(entry) { try weights.read(entry.name, into: $0) } }
        let tokenizer = try TokenizerLoading.load(folder: folder)
        try check(tokenizer, fits: model.configuration, of: base)
        return (model, tokenizer)
    }
}
