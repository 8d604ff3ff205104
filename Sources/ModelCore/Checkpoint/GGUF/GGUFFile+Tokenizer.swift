extension GGUFFile {
    /// The tokenizer in the metadata; nil where the file has none.
    ///
    /// - Throws: ``CheckpointError`` for a kind that is not supported and for keys that are missing, ``TokenizerError`` for parts that do not
    ///   fit together.
    public func tokenizer() throws -> BytePairTokenizer? {
        guard let kind = metadata["tokenizer.ggml.model"]?.string else { return nil }
        guard kind == "gpt2" else {
            throw CheckpointError(
                file: path, message: "tokenizer.ggml.model is '\(kind)'; byte-level BPE ('gpt2') is supported")
        }
        func need<Value>(_ key: String, _ read: (GGUFValue) -> Value?) throws -> Value {
            guard let value = metadata["tokenizer.ggml.\(key)"].flatMap(read) else {
                throw CheckpointError(
                    file: path, message: "metadata tokenizer.ggml.\(key) is missing or of another type")
            }
            return value
        }
        return try BytePairTokenizer(
            BytePairTokenizer.Metadata(
                tokens: need("tokens", \.strings), merges: need("merges", \.strings),
                tokenTypes: need("token_type", \.integers).map { Int32(truncatingIfNeeded: $0) },
                preTokenizer: need("pre", \.string), endOfText: need("eos_token_id", \.integer),
                beginOfText: metadata["tokenizer.ggml.bos_token_id"]?.integer,
                chatTemplate: metadata["tokenizer.chat_template"]?.string),
            file: path)
    }
}
