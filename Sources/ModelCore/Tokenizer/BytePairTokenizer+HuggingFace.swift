import Foundation

// Reads tokenizer.json and tokenizer_config.json as Hugging Face `tokenizers` and `transformers` write them.
extension BytePairTokenizer {
    /// Reads the tokenizer of a checkpoint folder.
    ///
    /// - Throws: ``TokenizerError`` naming file and place when a file is missing or malformed, or asks for something other
    ///   than byte-level BPE with one of the pre-tokenizers that are known.
    public init(folder: String) throws {
        let main = try TokenizerFile(TokenizerFile.main, of: folder)
        let configuration = try TokenizerFile(TokenizerFile.configuration, of: folder)
        try self.init(main: main, json: main.json(of: folder), configuration: configuration, folder: folder)
    }

    init(main: TokenizerFile, json root: TokenizerJSON, configuration: TokenizerFile, folder: String) throws {
        let settings = try configuration.json(of: folder)
        let added = try Self.addedTokens(root["added_tokens"])
        let (model, others) = try Self.model(root["model"])
        let template = try TokenizerFile.ifPresent(TokenizerFile.chatTemplate, of: folder)
        let files = [main, configuration, template, try .ifPresent(TokenizerFile.specialTokensMap, of: folder)]
        try Self.checkDecoder(root["decoder"])
        let ids = added.map { ($0.text, $0.id) } + others.map { ($0.value, $0.key) }
        let known = Dictionary(ids, uniquingKeysWith: { first, _ in first })
        let table = ByteStringTable(model.spellings)
        func token(_ key: String) throws -> TokenID? {
            guard let text = try Self.tokenText(settings[key]) else { return nil }
            let spelled = ByteUnicodeTable.bytes(of: text)?.withUnsafeBufferPointer { table[$0] }
            guard let id = known[text] ?? spelled else {
                throw settings.fault("\(key) '\(text)' is not a token of \(TokenizerFile.main)")
            }
            return id
        }
        guard let endOfText = try token("eos_token") else {
            throw settings.fault("eos_token is missing; it names the token that ends a text")
        }
        self.init(
            Parts(
                model: model, otherTexts: others, addedTokens: added,
                pretokenizer: try Self.pretokenizer(root["pre_tokenizer"]),
                normalizes: try Self.normalizes(root["normalizer"]), endOfText: endOfText,
                beginOfText: try token("bos_token"),
                chatTemplate: try template.map { String(decoding: $0.data, as: UTF8.self) }
                    ?? Self.chatTemplate(settings["chat_template"]),
                files: files.compactMap { $0 }))
    }

    /// The text of a token that transformers writes as its text or as an object with the text in it.
    private static func tokenText(_ json: TokenizerJSON) throws -> String? {
        if json.isNull { return nil }
        return try json.value is String ? json.string() : json["content"].string()
    }

    /// A template, or the one called default of a list of them.
    private static func chatTemplate(_ json: TokenizerJSON) throws -> String? {
        if json.isNull { return nil }
        if json.value is String { return try json.string() }
        for entry in try json.elements() where try entry["name"].string() == "default" {
            return try entry["template"].string()
        }
        return nil
    }

    private static func addedTokens(_ json: TokenizerJSON) throws -> [AddedToken] {
        if json.isNull { return [] }
        var ids: Set<TokenID> = []
        return try json.elements().map { entry in
            let token = AddedToken(
                id: try entry["id"].tokenID(), text: try entry["content"].string(),
                isSpecial: try entry["special"].flag(), isSingleWord: try entry["single_word"].flag(),
                stripsLeft: try entry["lstrip"].flag(), stripsRight: try entry["rstrip"].flag(),
                isNormalized: try entry["normalized"].flag())
            guard !token.text.isEmpty else { throw entry["content"].fault("is empty") }
            guard ids.insert(token.id).inserted else { throw entry["id"].fault("\(token.id) is another's as well") }
            return token
        }
    }

    // MARK: Before and after the model

    private static func normalizes(_ json: TokenizerJSON) throws -> Bool {
        if json.isNull { return false }
        switch try json["type"].string() {
        case "NFC": return true
        case "Sequence":
            // One after the other; normalising twice changes nothing.
            return try json["normalizers"].elements().reduce(false) { try normalizes($1) || $0 }
        case let type: throw json["type"].fault("is \(type); only NFC is supported")
        }
    }

    private static func pretokenizer(_ json: TokenizerJSON) throws -> Pretokenizer {
        guard !json.isNull else {
            throw json.fault("is missing; only byte-level BPE is supported, whose pre-tokenizer is ByteLevel")
        }
        let isSequence = try json["type"].string() == "Sequence"
        let steps = try isSequence ? json["pretokenizers"].elements() : [json]
        guard let last = steps.last, try last["type"].string() == "ByteLevel" else {
            throw json.fault("does not end in ByteLevel; only byte-level BPE is supported")
        }
        return Pretokenizer(stages: try steps.dropLast().map(stage) + byteLevelStages(last))
    }

    private static func byteLevelStages(_ json: TokenizerJSON) throws -> [Pretokenizer.Stage] {
        // Files from before the option have none, and it is on.
        let usesPattern = try json["use_regex"].isNull || json["use_regex"].flag()
        return (try json["add_prefix_space"].flag() ? [.prefixSpace] : []) + (usesPattern ? [.split(.gpt2)] : [])
    }

    private static func stage(_ json: TokenizerJSON) throws -> Pretokenizer.Stage {
        switch try json["type"].string() {
        case "Digits": return .digits(single: try json["individual_digits"].flag())
        case "Split":
            let text = try json["pattern"]["Regex"].string()
            guard let pattern = SplitPattern(regularExpression: text) else {
                throw json["pattern"].fault(
                    "is a regular expression that is not known: \(text) (known are those of GPT-2, Llama 3 and Qwen2)")
            }
            let behavior = try json["behavior"].string()
            // The patterns match every character, so what lies between matches is nothing.
            switch (behavior, try json["invert"].flag()) {
            case ("Isolated", _), ("Removed", true): return .split(pattern)
            case (_, let inverted):
                throw json["behavior"].fault("is \(behavior)\(inverted ? ", inverted" : ""); Isolated is supported")
            }
        case let type:
            throw json["type"].fault("is \(type); Split, Digits and ByteLevel are supported")
        }
    }

    private static func checkDecoder(_ json: TokenizerJSON) throws {
        let type = try json["type"].string()
        guard type == "ByteLevel" else { throw json["type"].fault("is \(type); only ByteLevel is supported") }
    }

    // MARK: The model

    /// The model, and the texts of tokens that are not written in the byte-level alphabet: text never becomes those.
    private static func model(_ json: TokenizerJSON) throws -> (BytePairModel.Parts, [TokenID: String]) {
        let type = try json["type"].isNull ? "BPE" : json["type"].string()
        guard type == "BPE" else { throw json["type"].fault("is \(type); only byte-level BPE is supported") }
        if let dropout = json["dropout"].value as? Double, dropout != 0 {
            throw json["dropout"].fault("is \(dropout); encoding at random is not supported")
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] where json[key].value as? String ?? "" != "" {
            throw json[key].fault("is not empty, which is not supported")
        }
        if try json["byte_fallback"].flag() { throw json["byte_fallback"].fault("is true, which is not supported") }
        var (spellings, others) = try vocabulary(json["vocab"])
        let table = ByteStringTable(spellings)
        var parts = BytePairModel.Parts(spellings: [], merges: try merges(json["merges"], table))
        swap(&parts.spellings, &spellings)
        parts.ignoresMerges = try json["ignore_merges"].flag()
        parts.fusesUnknown = try json["fuse_unk"].flag()
        if !json["unk_token"].isNull {
            let text = try json["unk_token"].string()
            let spelled = ByteUnicodeTable.bytes(of: text)?.withUnsafeBufferPointer { table[$0] }
            guard let id = spelled ?? others.first(where: { $0.value == text })?.key else {
                throw json["unk_token"].fault("'\(text)' is not in model.vocab")
            }
            parts.unknown = id
        }
        return (parts, others)
    }

    private static func vocabulary(_ json: TokenizerJSON) throws -> ([[UInt8]], [TokenID: String]) {
        var entries: [(text: String, id: TokenID)] = []
        let object = try json.object()
        entries.reserveCapacity(object.count)
        for (text, value) in object {
            guard let number = value as? Int, (0...maximumID).contains(number) else {
                throw json.fault("has an id for '\(text)' that is not an integer from 0 to \(maximumID)")
            }
            entries.append((text, TokenID(number)))
        }
        let highest = entries.map { Int($0.id) }.max() ?? -1
        guard highest < 4 * entries.count + 65536 else {
            throw json.fault("has \(entries.count) entries but an id of \(highest)")
        }
        var spellings = [[UInt8]](repeating: [], count: highest + 1)
        var others: [TokenID: String] = [:]
        var seen = [Bool](repeating: false, count: highest + 1)
        for entry in entries {
            guard !seen[Int(entry.id)] else { throw json.fault("gives the id \(entry.id) to more than one token") }
            seen[Int(entry.id)] = true
            if let bytes = ByteUnicodeTable.bytes(of: entry.text), !bytes.isEmpty {
                spellings[Int(entry.id)] = bytes
            } else {
                others[entry.id] = entry.text
            }
        }
        return (spellings, others)
    }

    private static func merges(
        _ json: TokenizerJSON, _ table: ByteStringTable
    ) throws -> [(left: TokenID, right: TokenID, result: TokenID)] {
        guard let list = json.value as? [Any] else { throw json.fault("is missing or is not a list") }
        return try list.enumerated().map { index, entry in
            func fault(_ message: String) -> TokenizerError {
                TokenizerJSON(entry, file: json.file, place: "\(json.place)[\(index)]").fault(message)
            }
            let pair = (entry as? String).map {
                $0.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            }
            guard let pair = pair ?? entry as? [String], pair.count == 2 else {
                throw fault("is neither two tokens with a space between nor a list of two tokens")
            }
            return try merge(pair[0], pair[1], table, fault)
        }
    }

    /// The merge of two tokens by their texts.
    static func merge(
        _ left: String, _ right: String, _ table: ByteStringTable, _ fault: (String) -> TokenizerError
    ) throws -> (left: TokenID, right: TokenID, result: TokenID) {
        func id(_ bytes: [UInt8]?, _ text: @autoclosure () -> String) throws -> TokenID {
            guard let id = bytes?.withUnsafeBufferPointer({ table[$0] }) else {
                throw fault("speaks of '\(text())', which is not in the vocabulary")
            }
            return id
        }
        let first = ByteUnicodeTable.bytes(of: left)
        let second = ByteUnicodeTable.bytes(of: right)
        let both = first.flatMap { first in second.map { first + $0 } }
        return (try id(first, left), try id(second, right), try id(both, left + right))
    }
}
