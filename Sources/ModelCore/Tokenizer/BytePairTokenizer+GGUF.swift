extension BytePairTokenizer {
    /// What the metadata of a GGUF says of its tokenizer, as plain values.
    public struct Metadata: Sendable {
        /// `tokenizer.ggml.tokens`, by id.
        public var tokens: [String]
        /// `tokenizer.ggml.merges`, in order of rank, two tokens with a space between.
        public var merges: [String]
        /// `tokenizer.ggml.token_type` for each token: 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte.
        public var tokenTypes: [Int32]
        /// `tokenizer.ggml.pre`.
        public var preTokenizer: String
        /// `tokenizer.ggml.eos_token_id`.
        public var endOfText: Int
        /// `tokenizer.ggml.bos_token_id`.
        public var beginOfText: Int?
        /// `tokenizer.chat_template`.
        public var chatTemplate: String?

        public init(
            tokens: [String], merges: [String], tokenTypes: [Int32], preTokenizer: String, endOfText: Int,
            beginOfText: Int? = nil, chatTemplate: String? = nil
        ) {
            self.tokens = tokens
            self.merges = merges
            self.tokenTypes = tokenTypes
            self.preTokenizer = preTokenizer
            self.endOfText = endOfText
            self.beginOfText = beginOfText
            self.chatTemplate = chatTemplate
        }
    }

    private enum TokenType {
        static let control: Int32 = 3
        static let userDefined: Int32 = 4
        static let unused: Int32 = 5
    }

    /// A tokenizer from a GGUF's metadata (`tokenizer.ggml.model` is `gpt2`).
    ///
    /// A GGUF does not say whether text is normalised, or whether whole words go before merges: both follow from the name of
    /// the pre-tokenizer, as the checkpoints that have it.
    ///
    /// - Parameter file: names the GGUF in errors.
    /// - Throws: ``TokenizerError`` naming the metadata's key when the parts do not fit together or the pre-tokenizer is unknown.
    public init(_ metadata: Metadata, file: String) throws {
        func fault(_ key: String, _ message: String) -> TokenizerError {
            TokenizerError(file: file, message: "tokenizer.ggml.\(key) \(message)")
        }
        let count = metadata.tokens.count
        guard count <= Self.maximumID else { throw fault("tokens", "has \(count) tokens, above \(Self.maximumID)") }
        guard metadata.tokenTypes.count == count else {
            throw fault("token_type", "has \(metadata.tokenTypes.count) entries for \(count) tokens")
        }
        guard let kind = Self.kinds[metadata.preTokenizer] else {
            let names = Self.kinds.keys.sorted().joined(separator: ", ")
            throw fault("pre", "is '\(metadata.preTokenizer)', which is not known; known are \(names)")
        }
        func checked(_ id: Int, _ key: String) throws -> TokenID {
            guard metadata.tokens.indices.contains(id) else {
                throw fault(key, "is \(id), which is not one of the \(count) tokens")
            }
            return TokenID(id)
        }
        var spellings = [[UInt8]](repeating: [], count: count)
        var others: [TokenID: String] = [:]
        var added: [AddedToken] = []
        for (id, text) in metadata.tokens.enumerated() where metadata.tokenTypes[id] != TokenType.unused {
            if [TokenType.control, TokenType.userDefined].contains(metadata.tokenTypes[id]) {
                guard !text.isEmpty else { throw fault("tokens[\(id)]", "is empty") }
                added.append(
                    AddedToken(
                        id: TokenID(id), text: text, isSpecial: metadata.tokenTypes[id] == TokenType.control))
            } else if let bytes = ByteUnicodeTable.bytes(of: text), !bytes.isEmpty {
                spellings[id] = bytes
            } else {
                others[TokenID(id)] = text
            }
        }
        let table = ByteStringTable(spellings)
        let merges = try metadata.merges.enumerated().map { index, text in
            let pair = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2 else {
                throw fault("merges[\(index)]", "is not two tokens with a space between")
            }
            return try Self.merge(pair[0], pair[1], table) { fault("merges[\(index)]", $0) }
        }
        self.init(
            Parts(
                model: BytePairModel.Parts(spellings: spellings, merges: merges, ignoresMerges: kind.ignoresMerges),
                otherTexts: others, addedTokens: added, pretokenizer: Pretokenizer(stages: kind.stages),
                normalizes: kind.normalizes, endOfText: try checked(metadata.endOfText, "eos_token_id"),
                beginOfText: try metadata.beginOfText.map { try checked($0, "bos_token_id") },
                chatTemplate: metadata.chatTemplate))
    }

    private struct Kind {
        let stages: [Pretokenizer.Stage]
        var normalizes = false
        var ignoresMerges = false
    }

    private static let kinds: [String: Kind] = [
        "gpt-2": Kind(stages: [.split(.gpt2)]),
        "llama-bpe": Kind(stages: [.split(.llama3)], ignoresMerges: true),
        "qwen2": Kind(stages: [.split(.qwen2)], normalizes: true),
        "smollm": Kind(stages: [.digits(single: true), .split(.gpt2)]),
    ]
}
