/// The form of a step completion: `<think>` monologue `</think>` action.
///
/// Exactly one well-formed monologue, then an action that is not empty; all else is a violation. In detail:
/// - The tags are these exact characters. `<THINK>` or `<think >` are plain text.
/// - White space may come before the first tag, other text may not.
/// - The monologue may be empty: it is not scored, and an expert step without a monologue is such a completion.
/// - No further tag, opening or closing, may follow the first `</think>`, in the action neither.
/// - The action is what follows `</think>`, `trimmed`, and otherwise as it is: many lines, any Unicode, no normalisation.
public enum Monologue {
    /// Opens the monologue.
    public static let openingTag = "<think>"
    /// Closes the monologue.
    public static let closingTag = "</think>"

    /// Takes a completion apart. `completion` is without the token or sequence that stopped it.
    public static func parse(_ completion: String) -> ParsedCompletion {
        // Searched as bytes: by characters, "<think>" followed by a combining mark would not be found.
        let text = Array(completion.utf8)
        let tags = tags(in: text)
        guard let first = tags.firstIndex(where: { $0.isOpening }) else { return .violation(.missingOpeningTag) }
        if first > 0 { return .violation(.closingTagFirst) }
        let opening = tags[0]
        guard isBlank(text[..<opening.range.lowerBound]) else { return .violation(.textBeforeOpeningTag) }
        guard tags.count > 1 else { return .violation(.unclosed) }
        let closing = tags[1]
        if closing.isOpening { return .violation(.nested) }
        if tags.count > 2 { return .violation(tags[2].isOpening ? .repeated : .strayClosingTag) }
        let action = trimmed(String(decoding: text[closing.range.upperBound...], as: UTF8.self))
        if action.isEmpty { return .violation(.emptyAction) }
        let monologue = text[opening.range.upperBound..<closing.range.lowerBound]
        return .action(monologue: String(decoding: monologue, as: UTF8.self), action: action)
    }

    /// `text` without the blank lines at its start and the white space at its end.
    ///
    /// This is all that is ever taken off an action, and the same is taken off an expert step before it becomes a target
    /// (`ExpertTrajectory.targets`), so that neither side of a comparison is treated unlike the other. The indentation of the
    /// first line stays.
    public static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        var end = scalars.endIndex
        while end > scalars.startIndex {
            let previous = scalars.index(before: end)
            guard scalars[previous].properties.isWhitespace else { break }
            end = previous
        }
        var start = scalars.startIndex
        var index = start
        while index < end, scalars[index].properties.isWhitespace {
            let isLineEnd = scalars[index] == "\n" || scalars[index] == "\r"
            index = scalars.index(after: index)
            if isLineEnd { start = index }
        }
        return start < end ? String(scalars[start..<end]) : ""
    }

    private struct Tag {
        let isOpening: Bool
        let range: Range<Int>
    }

    private static func tags(in text: [UInt8]) -> [Tag] {
        let opening = Array(openingTag.utf8)
        let closing = Array(closingTag.utf8)
        var tags: [Tag] = []
        var position = 0
        while let start = text[position...].firstIndex(of: UInt8(ascii: "<")) {
            position = start + 1
            for tag in [opening, closing] where text[start...].starts(with: tag) {
                position = start + tag.count
                tags.append(Tag(isOpening: tag == opening, range: start..<position))
            }
        }
        return tags
    }

    private static func isBlank(_ bytes: ArraySlice<UInt8>) -> Bool {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.allSatisfy(\.properties.isWhitespace)
    }
}

/// A completion taken apart.
public enum ParsedCompletion: Sendable, Equatable {
    /// The completion has the required form.
    case action(monologue: String, action: String)
    /// It has not; no similarity is computed for it.
    case violation(FormatViolation)
}

/// How a completion breaks the form that `Monologue` describes.
public enum FormatViolation: String, Error, Sendable, Codable, CaseIterable {
    /// There is no `<think>`.
    case missingOpeningTag
    /// Text comes before `<think>`.
    case textBeforeOpeningTag
    /// A `</think>` comes before the first `<think>`.
    case closingTagFirst
    /// `<think>` is never closed.
    case unclosed
    /// A second `<think>` comes before the first is closed.
    case nested
    /// A second monologue begins after the first.
    case repeated
    /// A second `</think>` comes after the monologue.
    case strayClosingTag
    /// Nothing but white space follows the monologue.
    case emptyAction
}

extension FormatViolation: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missingOpeningTag: "there is no <think>"
        case .textBeforeOpeningTag: "there is text before <think>"
        case .closingTagFirst: "</think> comes before <think>"
        case .unclosed: "<think> is never closed"
        case .nested: "there is a <think> within the monologue"
        case .repeated: "there is more than one monologue"
        case .strayClosingTag: "there is more than one </think>"
        case .emptyAction: "there is no action after </think>"
        }
    }
}
