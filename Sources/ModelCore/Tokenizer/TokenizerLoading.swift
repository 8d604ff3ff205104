/// Reads the tokenizer of a checkpoint folder, whichever of the known kinds it is.
public enum TokenizerLoading {
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
