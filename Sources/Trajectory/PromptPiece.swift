/// A part of a prompt with where it came from.
///
/// Only the template's own text may hold special tokens such as `<|im_end|>`. The same characters in a problem or a step are
/// data and must be tokenised as plain text, or whoever writes the data could end turns.
public struct PromptPiece: Sendable, Hashable {
    public let text: String
    public let isTemplate: Bool

    public init(text: String, isTemplate: Bool) {
        self.text = text
        self.isTemplate = isTemplate
    }

    /// The template's own text; special tokens in it are parsed.
    public static func template(_ text: String) -> PromptPiece { PromptPiece(text: text, isTemplate: true) }
    /// Text of the data; nothing in it is special.
    public static func data(_ text: String) -> PromptPiece { PromptPiece(text: text, isTemplate: false) }
}

extension Sequence<PromptPiece> {
    /// The text that the pieces make together.
    public var text: String { map(\.text).joined() }
}
