/// Reads the tokenizer of a checkpoint folder, whichever of the known kinds it is.
public enum TokenizerLoading {
    /// Reads the tokenizer alone of a checkpoint: a folder, or a file whose name ends in .gguf.
    ///
    /// - Throws: ``TokenizerError``, and ``CheckpointError`` for a GGUF that cannot be read or has no tokenizer.
    public static func load(checkpoint path: String) throws -> any Tokenizer {
        guard Checkpoint.isGGUF(path) else { return try load(folder: path) }
        guard let tokenizer = try GGUFFile(path: path).tokenizer() else {
            throw CheckpointError(file: path, message: "has no tokenizer in its metadata")
        }
        return tokenizer
    }

    /// - Throws: ``TokenizerError`` naming the file and what is wrong or not supported.
    public static func load(folder: String) throws -> any Tokenizer {
        let main = try TokenizerFile(TokenizerFile.main, of: folder)
        let root = try main.json(of: folder)
        // A byte tokenizer is written without merges; its ids would come out of the other reader too, its layout not.
        if let merges = root["model"]["merges"].value as? [Any], merges.isEmpty {
            return try ByteTokenizer(folder: folder)
        }
        let configuration = try TokenizerFile(TokenizerFile.configuration, of: folder)
        return try BytePairTokenizer(main: main, json: root, configuration: configuration, folder: folder)
    }
}
