/// Finds what the model wrote in a text that other trainers send.
///
/// Compared are bytes: to `String`, "é" in one code point and in two are the same, and they are not to a tokenizer.
package struct ResponseText: Sendable {
    /// The least of a prompt, in bytes, by which a truncated one is known: anything may end in a line break.
    package static let leastTruncatedPrompt = 16

    /// The longest text, in bytes, in which a truncated prompt is looked for: the search takes four times that in memory.
    package static let mostTruncatedPrompt = 4 << 20

    private static let replacementCharacter = Array("\u{FFFD}".utf8)

    private let startTokens: [[UInt8]]
    private let endTokens: [[UInt8]]

    package init(startTokens: [String], endTokens: [String]) {
        self.startTokens = startTokens.filter { !$0.isEmpty }.map { Array($0.utf8) }
        self.endTokens = endTokens.filter { !$0.isEmpty }.map { Array($0.utf8) }
    }

    /// What follows the prompt in `query`, without end tokens.
    ///
    /// The prompt is what `query` begins with; or that but for special tokens before either; or, where a trainer has truncated it on the
    /// left, its longest end that `query` begins with, which must be of some length.
    ///
    /// - Returns: nil where the prompt is not found: then nothing of `query` may be scored.
    package func response(in query: String, after prompt: String) -> String? {
        let query = Array(query.utf8)
        let prompt = Array(prompt.utf8)
        if query.starts(with: prompt) { return text(query[prompt.count...]) }
        let bareQuery = dropping(startTokens, from: query[...])
        let barePrompt = dropping(startTokens, from: prompt[...])
        if bareQuery.starts(with: barePrompt) { return text(bareQuery.dropFirst(barePrompt.count)) }
        // Truncation may cut a character of several tokens, which then decodes as replacement characters.
        let rest = dropping(startTokens + [Self.replacementCharacter], from: query[...])
        let length = Self.longestEnd(of: barePrompt, startOf: rest)
        guard length >= Self.leastTruncatedPrompt else { return nil }
        return text(rest.dropFirst(length))
    }

    /// A response without the tokens that ended it.
    package func withoutEndTokens(_ response: String) -> String { text(Array(response.utf8)[...]) }

    private func text(_ response: ArraySlice<UInt8>) -> String {
        var rest = response
        while true {
            let end = rest.lastIndex { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }.map { $0 + 1 } ?? rest.startIndex
            let trimmed = rest[..<end]
            // White space is taken off with an end token only: the rest of it is the response's own.
            guard
                let token = endTokens.first(where: {
                    trimmed.count >= $0.count && trimmed.suffix($0.count).elementsEqual($0)
                })
            else { return String(decoding: rest, as: UTF8.self) }
            rest = trimmed.dropLast(token.count)
        }
    }

    private func dropping(_ tokens: [[UInt8]], from text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = text
        while let token = tokens.first(where: { rest.starts(with: $0) }) { rest = rest.dropFirst(token.count) }
        return rest
    }

    /// How long the longest end of `text` is that `other` begins with: Knuth, Morris and Pratt, in time linear in both.
    private static func longestEnd(of text: ArraySlice<UInt8>, startOf other: ArraySlice<UInt8>) -> Int {
        let pattern = Array(other.prefix(text.count))
        guard !pattern.isEmpty, pattern.count <= mostTruncatedPrompt else { return 0 }
        var borders = [Int32](repeating: 0, count: pattern.count)
        var length = 0
        for index in 1..<pattern.count {
            while length > 0, pattern[index] != pattern[length] { length = Int(borders[length - 1]) }
            if pattern[index] == pattern[length] { length += 1 }
            borders[index] = Int32(length)
        }
        length = 0
        for byte in text {
            if length == pattern.count { length = Int(borders[length - 1]) }
            while length > 0, byte != pattern[length] { length = Int(borders[length - 1]) }
            if byte == pattern[length] { length += 1 }
        }
        return length
    }
}
