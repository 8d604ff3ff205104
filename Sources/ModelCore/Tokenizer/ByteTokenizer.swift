/// A tokenizer whose ids 0...255 are the bytes of UTF-8, followed by a few special tokens. Needs no training, encodes
/// any text, and suits models that are small enough for an embedding of 264 rows.
public struct ByteTokenizer: Tokenizer, Equatable {
    /// A token that is written as one id and not as the bytes of its text.
    public struct SpecialToken: Sendable, Equatable {
        public let id: TokenID
        public let text: String
        /// Whether Hugging Face's `decode(skip_special_tokens=True)` leaves it out. The monologue's tags are kept.
        public let isHidden: Bool

        public init(id: TokenID, text: String, isHidden: Bool) {
            self.id = id
            self.text = text
            self.isHidden = isHidden
        }
    }

    /// The special tokens of a model that Stepwise makes from nothing; the texts are those of Qwen's templates.
    public static let standardSpecialTokens = [
        SpecialToken(id: 256, text: "<|endoftext|>", isHidden: true),
        SpecialToken(id: 257, text: "<|im_start|>", isHidden: true),
        SpecialToken(id: 258, text: "<|im_end|>", isHidden: true),
        SpecialToken(id: 259, text: "<think>", isHidden: false),
        SpecialToken(id: 260, text: "</think>", isHidden: false),
    ]

    public let specialTokens: [SpecialToken]
    public let endOfText: TokenID

    /// One more than the highest id, rounded up to a multiple of 8 (rows of a matrix that is read in vectors).
    public let vocabularySize: Int

    private let idsByText: [String: TokenID]
    /// Special tokens as bytes, longest first, so that the longest match wins.
    private let patterns: [(bytes: [UInt8], id: TokenID)]

    /// The tokenizer with ``standardSpecialTokens``.
    public init() {
        self.init(specialTokens: Self.standardSpecialTokens, endOfText: 256)
    }

    /// A tokenizer with special tokens of one's own. Ids must be distinct and above 255, texts distinct and non-empty,
    /// and `endOfText` one of them.
    public init(specialTokens: [SpecialToken], endOfText: TokenID) {
        precondition(specialTokens.allSatisfy { $0.id > 255 && !$0.text.isEmpty }, "special tokens lie above the bytes")
        precondition(Set(specialTokens.map(\.id)).count == specialTokens.count, "special token ids are distinct")
        precondition(Set(specialTokens.map(\.text)).count == specialTokens.count, "special token texts are distinct")
        precondition(specialTokens.contains { $0.id == endOfText }, "endOfText is one of the special tokens")
        self.specialTokens = specialTokens
        self.endOfText = endOfText
        let highest = specialTokens.map { Int($0.id) }.max() ?? 255
        vocabularySize = (highest + 1 + 7) / 8 * 8
        idsByText = Dictionary(uniqueKeysWithValues: specialTokens.map { ($0.text, $0.id) })
        patterns = specialTokens.map { (Array($0.text.utf8), $0.id) }.sorted { $0.bytes.count > $1.bytes.count }
    }

    public static func == (first: Self, second: Self) -> Bool {
        first.specialTokens == second.specialTokens && first.endOfText == second.endOfText
    }

    public func encode(_ text: String, parsingSpecialTokens: Bool) -> [TokenID] {
        let bytes = Array(text.utf8)
        guard parsingSpecialTokens else { return bytes.map(TokenID.init) }
        var tokens: [TokenID] = []
        tokens.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            if let match = patterns.first(where: { bytes[position...].starts(with: $0.bytes) }) {
                tokens.append(match.id)
                position += match.bytes.count
            } else {
                tokens.append(TokenID(bytes[position]))
                position += 1
            }
        }
        return tokens
    }

    public func bytes(of token: TokenID) -> [UInt8] {
        if let byte = UInt8(exactly: token) { return [byte] }
        guard token != endOfText else { return [] }
        return specialTokens.first { $0.id == token }.map { Array($0.text.utf8) } ?? []
    }

    public func token(for special: String) -> TokenID? {
        idsByText[special]
    }
}
