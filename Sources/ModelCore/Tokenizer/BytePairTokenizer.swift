/// Byte-level BPE, as the Llama 3, Qwen and SmolLM2 families use it. Gives the ids of Hugging Face `tokenizers`
/// (`encode(add_special_tokens=False)`); tests hold it to them.
public struct BytePairTokenizer: Tokenizer {
    /// What a tokenizer is made of, whichever file it came from.
    struct Parts: Sendable {
        var model: BytePairModel.Parts
        /// Tokens whose text is not of the byte-level alphabet: they are decoded and never encoded.
        var otherTexts: [TokenID: String] = [:]
        var addedTokens: [AddedToken]
        var pretokenizer: Pretokenizer
        /// Whether text is brought to normalisation form C first.
        var normalizes: Bool
        var endOfText: TokenID
        var beginOfText: TokenID?
        var chatTemplate: String?
        var files: [TokenizerFile] = []
    }

    public let vocabularySize: Int
    public let endOfText: TokenID
    /// The token that begins a document in families that have one (Llama 3). ``encode(_:parsingSpecialTokens:)`` does not
    /// add it: a chat template does, and who encodes a plain text may.
    public let beginOfText: TokenID?
    /// The chat template that came with the tokenizer, in Jinja.
    public let chatTemplate: String?
    public let addedTokens: [AddedToken]

    let pretokenizer: Pretokenizer
    let normalizes: Bool
    /// The merges and what else the model was made of, to be written again.
    let modelParts: BytePairModel.Parts
    let otherTexts: [TokenID: String]
    /// The files that it was read from, to be written again as they are.
    let files: [TokenizerFile]
    private let model: BytePairModel
    private let idsByText: [String: TokenID]
    /// Added tokens, and those that text cannot spell, by id with the bytes that they decode to.
    private let addedBytes: [TokenID: [UInt8]]
    private let givenMatcher: AddedTokenMatcher
    private let normalizedMatcher: AddedTokenMatcher

    /// The parts are consistent: ids are neither negative nor above ``maximumID``.
    init(_ parts: Parts) {
        modelParts = parts.model
        otherTexts = parts.otherTexts
        model = BytePairModel(parts.model)
        addedTokens = parts.addedTokens
        pretokenizer = parts.pretokenizer
        normalizes = parts.normalizes
        endOfText = parts.endOfText
        beginOfText = parts.beginOfText
        chatTemplate = parts.chatTemplate
        files = parts.files
        let highest = (parts.addedTokens.map(\.id) + parts.otherTexts.keys).map(Int.init).max() ?? -1
        vocabularySize = max(highest + 1, parts.model.spellings.count)
        idsByText = Dictionary(addedTokens.map { ($0.text, $0.id) }, uniquingKeysWith: { first, _ in first })
        let normalizes = parts.normalizes
        /// A token as it is matched and decoded: in its normal form if it is matched in normalised text.
        func text(_ token: AddedToken) -> String {
            var text = token.text
            guard normalizes, token.isNormalized else { return text }
            return text.withUTF8 { String(decoding: CanonicalComposition.shared.normalized($0), as: UTF8.self) }
        }
        addedBytes = Dictionary(
            addedTokens.map { ($0.id, ByteUnicodeTable.decoded(text($0))) }
                + parts.otherTexts.map { ($0.key, Array($0.value.utf8)) }, uniquingKeysWith: { first, _ in first })
        givenMatcher = AddedTokenMatcher(addedTokens.filter { !$0.isNormalized }) { Array(text($0).utf8) }
        normalizedMatcher = AddedTokenMatcher(addedTokens.filter(\.isNormalized)) { Array(text($0).utf8) }
    }

    /// An id above this is taken for a fault of the file: tables have a place for each id.
    static let maximumID = 1 << 24

    /// With `parsingSpecialTokens` all added tokens are matched, special or not (`<think>` of Qwen3 is not); without it
    /// none is.
    public func encode(_ text: String, parsingSpecialTokens: Bool) -> [TokenID] {
        var text = text
        var tokens: [TokenID] = []
        tokens.reserveCapacity(text.utf8.count / 3)
        var scratch = BytePairModel.Scratch()
        text.withUTF8 { bytes in
            guard parsingSpecialTokens, !givenMatcher.isEmpty else {
                encodeGiven(bytes, parsingSpecialTokens, &scratch, &tokens)
                return
            }
            givenMatcher.split(
                bytes, plain: { encodeGiven($0, parsingSpecialTokens, &scratch, &tokens) },
                added: { tokens.append($0) })
        }
        return tokens
    }

    private func encodeGiven(
        _ text: UnsafeBufferPointer<UInt8>, _ parsing: Bool, _ scratch: inout BytePairModel.Scratch,
        _ tokens: inout [TokenID]
    ) {
        guard normalizes, CanonicalComposition.shared.mayChange(text) else {
            encodeNormalized(text, parsing, &scratch, &tokens)
            return
        }
        CanonicalComposition.shared.normalized(text).withUnsafeBufferPointer {
            encodeNormalized($0, parsing, &scratch, &tokens)
        }
    }

    private func encodeNormalized(
        _ text: UnsafeBufferPointer<UInt8>, _ parsing: Bool, _ scratch: inout BytePairModel.Scratch,
        _ tokens: inout [TokenID]
    ) {
        guard parsing, !normalizedMatcher.isEmpty else {
            pretokenizer.forEachPiece(of: text) { model.encode($0, &scratch, into: &tokens) }
            return
        }
        normalizedMatcher.split(
            text,
            plain: { plain in
                pretokenizer.forEachPiece(of: plain) { model.encode($0, &scratch, into: &tokens) }
            },
            added: { tokens.append($0) })
    }

    public func bytes(of token: TokenID) -> [UInt8] {
        guard token != endOfText else { return [] }
        return addedBytes[token] ?? Array(model.spelling(of: token))
    }

    public var chatTemplateVariables: [String: String] {
        var variables = ["eos_token": text(of: endOfText)]
        if let beginOfText { variables["bos_token"] = text(of: beginOfText) }
        return variables
    }

    /// A token as tokenizer.json writes it.
    func text(of token: TokenID) -> String {
        addedTokens.first { $0.id == token }?.text ?? otherTexts[token]
            ?? ByteUnicodeTable.text(of: model.spelling(of: token))
    }

    public func token(for special: String) -> TokenID? {
        idsByText[special]
    }
}
