import Foundation

extension BytePairTokenizer {
    /// Writes tokenizer.json and tokenizer_config.json: those that were read, as they were, or, for a tokenizer from a
    /// GGUF, new ones that Hugging Face reads to the same ids.
    public func write(to folder: String) throws {
        guard files.isEmpty else {
            for file in files { try FileSystem.write(file.data, to: folder + "/" + file.name) }
            return
        }
        try writeJSON(document(), to: folder + "/" + TokenizerFile.main)
        try writeJSON(configuration(), to: folder + "/" + TokenizerFile.configuration)
    }

    private func document() -> [String: Any] {
        var vocabulary: [String: Int] = [:]
        for (id, bytes) in modelParts.spellings.enumerated() where !bytes.isEmpty {
            vocabulary[ByteUnicodeTable.text(of: bytes)] = id
        }
        for (id, text) in otherTexts { vocabulary[text] = Int(id) }
        // Hugging Face numbers an added token that the vocabulary does not have anew, after the last, whatever id it is given.
        for token in addedTokens where vocabulary[token.text] == nil { vocabulary[token.text] = Int(token.id) }
        let byteLevel: [String: Any] = [
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false,
        ]
        func text(_ id: TokenID) -> String { ByteUnicodeTable.text(of: modelParts.spellings[Int(id)]) }
        let model: [String: Any] = [
            "type": "BPE", "dropout": NSNull(), "unk_token": NSNull(), "continuing_subword_prefix": NSNull(),
            "end_of_word_suffix": NSNull(), "fuse_unk": false, "byte_fallback": false,
            "ignore_merges": modelParts.ignoresMerges, "vocab": vocabulary,
            "merges": modelParts.merges.map { [text($0.left), text($0.right)] },
        ]
        let added = addedTokens.map { token -> [String: Any] in
            [
                "id": Int(token.id), "content": token.text, "special": token.isSpecial,
                "single_word": token.isSingleWord, "lstrip": token.stripsLeft, "rstrip": token.stripsRight,
                "normalized": token.isNormalized,
            ]
        }
        return [
            "version": "1.0", "truncation": NSNull(), "padding": NSNull(), "added_tokens": added,
            "normalizer": normalizes ? ["type": "NFC"] : NSNull() as Any,
            "pre_tokenizer": ["type": "Sequence", "pretokenizers": pretokenizer.stages.map(step) + [byteLevel]],
            "post_processor": NSNull(), "decoder": byteLevel, "model": model,
        ]
    }

    private func step(_ stage: Pretokenizer.Stage) -> [String: Any] {
        switch stage {
        case .split(let pattern):
            [
                "type": "Split", "pattern": ["Regex": pattern.regularExpression], "behavior": "Isolated",
                "invert": false,
            ]
        case .digits(let single): ["type": "Digits", "individual_digits": single]
        case .prefixSpace: ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": false]
        }
    }

    private func configuration() -> [String: Any] {
        let end = text(of: endOfText)
        var settings: [String: Any] = [
            "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": end,
            "pad_token": token(for: "<|endoftext|>") == nil ? end : "<|endoftext|>",
            "clean_up_tokenization_spaces": false, "model_max_length": 1_000_000_000,
        ]
        if let beginOfText { settings["bos_token"] = text(of: beginOfText) }
        if let chatTemplate { settings["chat_template"] = chatTemplate }
        return settings
    }

    private func writeJSON(_ object: [String: Any], to path: String) throws {
        try FileSystem.write(
            JSONSerialization.data(
                withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]),
            to: path)
    }
}
