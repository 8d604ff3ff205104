/// Text to token ids and back. Implementations are byte-level: every token stands for a sequence of bytes, so that
/// any text can be encoded and a token may hold part of a character.
public protocol Tokenizer: Sendable {
    /// Rows of the embedding that this tokenizer needs; may exceed the number of named tokens (padding).
    var vocabularySize: Int { get }

    /// Ends a document. Decoded as nothing.
    var endOfText: TokenID { get }

    /// Encodes `text`. With `parsingSpecialTokens` the special tokens' texts become their ids; pass `false` for text
    /// from outside (a problem, a model's output), in which "<think>" is seven characters and not a command.
    func encode(_ text: String, parsingSpecialTokens: Bool) -> [TokenID]

    /// The bytes that `token` adds to a decoded text: none for ``endOfText`` and for ids that stand for nothing.
    func bytes(of token: TokenID) -> [UInt8]

    /// The id of a special token by its text, such as `<|im_end|>`.
    func token(for special: String) -> TokenID?

    /// The chat template that came with the tokenizer, in Jinja; nil where there is none.
    var chatTemplate: String? { get }

    /// The texts of the tokens that chat templates ask for: `eos_token`, and `bos_token` where there is one.
    var chatTemplateVariables: [String: String] { get }

    /// Writes tokenizer.json and tokenizer_config.json into an existing folder, in the form that Hugging Face
    /// `tokenizers` reads. Throws ``TokenizerError`` or an I/O error that names the file.
    func write(to folder: String) throws
}

extension Tokenizer {
    public var chatTemplate: String? { nil }
    public var chatTemplateVariables: [String: String] { [:] }

    /// Decodes tokens as UTF-8; malformed sequences become U+FFFD. Special tokens appear as their text, except
    /// ``endOfText``, which is dropped.
    public func decode(_ tokens: [TokenID]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(tokens.count)
        for token in tokens {
            text += bytes(of: token)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// A tokenizer file that cannot be read or is not supported.
public struct TokenizerError: Error, Equatable, CustomStringConvertible {
    /// The file at fault.
    public let file: String
    /// What was wrong, and what to do.
    public let message: String

    public init(file: String, message: String) {
        self.file = file
        self.message = message
    }

    public var description: String { "\(file): \(message)" }
}
