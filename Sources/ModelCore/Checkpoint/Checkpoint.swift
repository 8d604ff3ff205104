import Foundation

/// A model and its tokenizer in a folder of Hugging Face's form: config.json, generation_config.json, model.safetensors (one file, or
/// shards and their index), tokenizer.json, tokenizer_config.json. `transformers` opens what is written here.
public enum Checkpoint {
    static let configurationFile = "config.json"
    static let generationFile = "generation_config.json"
    static let weightsFile = "model.safetensors"

    /// The size above which weights are split over several files.
    public static let shardBytes = 5_000_000_000

    /// Writes a checkpoint folder, low-rank adapters merged into the weights. It is built under a temporary name beside `folder`, flushed, and takes the name in one
    /// step: whatever happens, `folder` holds the old checkpoint or the new one, whole.
    ///
    /// - Parameters:
    ///   - folder: its parent exists; it may itself exist if it is empty or a checkpoint, which is then replaced.
    ///   - generation: what generation_config.json says; the tokenizer's ends of turns and text are added to it.
    ///   - dataType: of the weights, ``SafetensorsFile/DataType/float32`` or ``SafetensorsFile/DataType/bfloat16``.
    ///   - shardBytes: weights of more than these bytes are split over several files.
    ///   - addingFiles: puts further files (a trainer's state) into the temporary folder, whose path it is given, before
    ///     the folder takes its name. Must flush what it writes.
    /// - Throws: ``CheckpointError``, and what `addingFiles` throws.
    public static func save(
        _ model: CausalLanguageModel, tokenizer: any Tokenizer,
        generation: GenerationConfiguration = GenerationConfiguration(), to folder: String,
        dataType: SafetensorsFile.DataType = .float32, shardBytes: Int = shardBytes,
        addingFiles: (_ temporaryFolder: String) throws -> Void = { _ in }
    ) throws {
        try replace(folder) { temporary in
            let generation = generation.completed(for: tokenizer)
            try write(model.configuration, generation, dataType: dataType, into: temporary)
            try CheckpointError.naming(temporary) { try tokenizer.write(to: temporary) }
            let parameters = model.parameters
            try writeWeights(
                parameters.entries.map { .init(name: $0.name, shape: $0.shape, dataType: dataType) }, into: temporary,
                shardBytes: shardBytes
            ) { try model.mergedValues(of: $0) }
            try addingFiles(temporary)
        }
    }

    /// Has `body` fill a temporary folder, flushes it and puts it in the place of `folder`.
    static func replace(_ folder: String, with body: (_ temporaryFolder: String) throws -> Void) throws {
        let target = URL(fileURLWithPath: folder).standardizedFileURL.path
        try checkReplaceable(target)
        let name = (target as NSString).lastPathComponent
        let parent = (target as NSString).deletingLastPathComponent
        let temporary = parent + "/.\(name).partial-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        guard mkdir(temporary, 0o755) == 0 else {
            let error = FileSystemError.current("cannot be written", target)
            throw CheckpointError(file: target, message: error.message, systemError: error.code)
        }
        do {
            try body(temporary)
            try CheckpointError.naming(target) {
                try FileSystem.flushFolder(temporary)
                try FileSystem.replaceFolder(target, with: temporary)
            }
        } catch {
            // What failed is the error above; a leftover temporary folder is only untidy.
            try? FileManager.default.removeItem(atPath: temporary)
            guard let error = error as? CheckpointError else { throw error }
            // Nobody looks for the temporary folder.
            throw CheckpointError(
                file: error.file.replacing(temporary, with: target), tensor: error.tensor, message: error.message,
                systemError: error.systemError)
        }
    }

    /// Reads a checkpoint folder, an adapter folder with the model that it names, or a file whose name ends in .gguf. Tied embeddings may be
    /// stored or left out.
    ///
    /// - Throws: ``CheckpointError`` naming the file, the tensor, and expected and found shapes; ``TokenizerError``.
    public static func load(
        from folder: String, for purpose: ModelPurpose = .training
    ) throws -> (model: CausalLanguageModel, tokenizer: any Tokenizer) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
            throw CheckpointError(file: folder, message: "there is no such checkpoint folder")
        }
        guard isFolder.boolValue else {
            if isGGUF(folder) { return try loadGGUF(from: folder, for: purpose) }
            throw CheckpointError(
                file: folder, message: "is a file; a checkpoint is a folder with config.json in it, or a .gguf file")
        }
        if let adapted = try loadAdapters(from: folder, for: purpose) { return adapted }
        let configuration = try configuration(of: folder)
        let tokenizer = try TokenizerLoading.load(folder: folder)
        try check(tokenizer, fits: configuration, of: folder + "/" + configurationFile)
        return (try model(configuration, from: SafetensorsWeights(folder: folder), for: purpose), tokenizer)
    }

    /// Every token needs its row of the embedding.
    static func check(
        _ tokenizer: any Tokenizer, fits configuration: ModelConfiguration, of file: String
    ) throws {
        // Models of bytes round their rows up; a token that is named must have one.
        let bytes = tokenizer as? ByteTokenizer
        let needed = bytes.map { $0.specialTokens.reduce(256) { max($0, Int($1.id) + 1) } } ?? tokenizer.vocabularySize
        guard configuration.vocabularySize >= needed else {
            throw CheckpointError(
                file: file,
                message: "vocab_size \(configuration.vocabularySize) is smaller than the tokenizer's "
                    + "\(tokenizer.vocabularySize) tokens")
        }
    }

    /// Refuses to put a checkpoint in the place of something that is not one: the replaced folder is removed.
    private static func checkReplaceable(_ folder: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue else {
            throw CheckpointError(file: folder, message: "is a file; choose a folder for the checkpoint")
        }
        let contents: [String]
        do {
            contents = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw CheckpointError(file: folder, message: "cannot be read: \(FileSystem.reason(error))")
        }
        guard contents.isEmpty || contents.contains(configurationFile) || contents.contains(AdapterFile.name) else {
            throw CheckpointError(
                file: folder,
                message: "exists, is not empty and is not a checkpoint (it has no config.json); "
                    + "it would be replaced, so choose another folder or remove it")
        }
    }
}
