import Foundation

// tokenizer.json as Hugging Face `tokenizers` has it: byte-level BPE without merges is a byte tokenizer.
extension ByteTokenizer {
    private static let file = "tokenizer.json"
    private static let configurationFile = "tokenizer_config.json"

    public func write(to folder: String) throws {
        let vocabulary = Dictionary(
            uniqueKeysWithValues: ByteUnicodeTable.characters.enumerated().map { ($0.element, $0.offset) })
        let addedTokens = specialTokens.map { token -> [String: Any] in
            [
                "id": Int(token.id), "content": token.text, "special": token.isHidden, "single_word": false,
                "lstrip": false, "rstrip": false, "normalized": false,
            ]
        }
        let byteLevel: [String: Any] = [
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false,
        ]
        let model: [String: Any] = [
            "type": "BPE", "dropout": NSNull(), "unk_token": NSNull(), "continuing_subword_prefix": NSNull(),
            "end_of_word_suffix": NSNull(), "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": vocabulary, "merges": [String](),
        ]
        try Self.writeJSON(
            [
                "version": "1.0", "truncation": NSNull(), "padding": NSNull(), "added_tokens": addedTokens,
                "normalizer": NSNull(), "pre_tokenizer": byteLevel, "post_processor": NSNull(), "decoder": byteLevel,
                "model": model,
            ], to: folder + "/" + Self.file)
        let endText = specialTokens.first { $0.id == endOfText }?.text ?? ""
        try Self.writeJSON(
            [
                "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": endText, "pad_token": endText,
                "clean_up_tokenization_spaces": false, "model_max_length": 1_000_000_000,
            ], to: folder + "/" + Self.configurationFile)
    }

    /// Reads tokenizer.json and tokenizer_config.json of a checkpoint folder.
    ///
    /// Throws ``TokenizerError`` naming the file when it is missing, malformed, or of a kind other than byte-level
    /// without merges.
    public init(folder: String) throws {
        let path = folder + "/" + Self.file
        let root = try Self.readJSON(path)
        guard let model = root["model"] as? [String: Any], let type = model["type"] as? String else {
            throw TokenizerError(file: path, message: "no model.type; this is not a Hugging Face tokenizer.json")
        }
        guard type == "BPE" else {
            throw TokenizerError(
                file: path,
                message: "model.type is \(type); only byte-level BPE without merges can be read by this version")
        }
        guard let vocabulary = model["vocab"] as? [String: Int] else {
            throw TokenizerError(file: path, message: "model.vocab is missing or is not an object of token ids")
        }
        if let merges = model["merges"] as? [Any], !merges.isEmpty {
            throw TokenizerError(
                file: path,
                message: "BPE with merges is not supported yet (model.merges has \(merges.count)); "
                    + "use a checkpoint with a byte-level tokenizer, such as those that stepwise-trainer writes")
        }
        let expected = Dictionary(
            uniqueKeysWithValues: ByteUnicodeTable.characters.enumerated().map { ($0.element, $0.offset) })
        guard vocabulary == expected else {
            throw TokenizerError(
                file: path,
                message: "model.vocab has no merges but is not the 256 bytes with ids 0 to 255 "
                    + "(it has \(vocabulary.count) entries)")
        }
        let tokens = try Self.specialTokens(in: root["added_tokens"], path: path)
        self.init(specialTokens: tokens, endOfText: try Self.endOfText(of: folder, among: tokens))
    }

    private static func specialTokens(in value: Any?, path: String) throws -> [SpecialToken] {
        guard let rows = value as? [[String: Any]] else {
            throw TokenizerError(file: path, message: "added_tokens is missing or is not a list of objects")
        }
        var tokens: [SpecialToken] = []
        for (index, row) in rows.enumerated() {
            guard let id = row["id"] as? Int, let text = row["content"] as? String, !text.isEmpty else {
                throw TokenizerError(file: path, message: "added_tokens[\(index)] needs an id and a non-empty content")
            }
            guard let id = TokenID(exactly: id), id > 255 else {
                throw TokenizerError(file: path, message: "added_tokens[\(index)].id \(id) is not above the bytes' 255")
            }
            guard !tokens.contains(where: { $0.id == id || $0.text == text }) else {
                throw TokenizerError(file: path, message: "added_tokens[\(index)] repeats the id or text of another")
            }
            tokens.append(SpecialToken(id: id, text: text, isHidden: row["special"] as? Bool ?? true))
        }
        return tokens
    }

    private static func endOfText(of folder: String, among tokens: [SpecialToken]) throws -> TokenID {
        let path = folder + "/" + configurationFile
        let configuration = try readJSON(path)
        // transformers writes the token as its text or as an object with the text in it.
        let entry = configuration["eos_token"]
        let text = entry as? String ?? (entry as? [String: Any])?["content"] as? String
        guard let text else {
            throw TokenizerError(file: path, message: "eos_token is missing; it names the token that ends a text")
        }
        guard let token = tokens.first(where: { $0.text == text }) else {
            throw TokenizerError(file: path, message: "eos_token '\(text)' is not among added_tokens of \(file)")
        }
        return token.id
    }

    private static func readJSON(_ path: String) throws -> [String: Any] {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw TokenizerError(file: path, message: "cannot be read: \(FileSystem.reason(error))")
        }
        do {
            guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
                throw TokenizerError(file: path, message: "is not a JSON object")
            }
            return object
        } catch let error as TokenizerError {
            throw error
        } catch {
            throw TokenizerError(file: path, message: "is not valid JSON: \(FileSystem.reason(error))")
        }
    }

    private static func writeJSON(_ object: [String: Any], to path: String) throws {
        let data = try JSONSerialization.data(
            withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        try FileSystem.write(data, to: path)
    }
}
