/// What an agent does, in what it writes.
enum AgentAction {
    /// The calls in a text without the words around them: `<function=..>..</function>`, `<tool_call>..</tool_call>`; nil where there
    /// are none.
    static func calls(in text: String) -> String? {
        for (opening, closing) in [("<function=", "</function>"), ("<tool_call>", "</tool_call>")] {
            var calls: [Substring] = []
            var rest = text[...]
            while let start = rest.firstRange(of: opening), let end = rest[start.upperBound...].firstRange(of: closing)
            {
                calls.append(rest[start.lowerBound..<end.upperBound])
                rest = rest[end.upperBound...]
            }
            if !calls.isEmpty { return calls.joined(separator: "\n") }
        }
        return nil
    }

    /// The content of the fenced block of a text that has exactly one; nil for any other.
    static func onlyFence(in text: String) -> String? {
        let lines = TextLines(text)
        let code = (0..<lines.count).filter(lines.isInCode)
        guard let first = code.first, let last = code.last, last - first + 1 == code.count, code.count > 2 else {
            return nil
        }
        // Two blocks, one right after the other, are not one.
        let fences = code.filter { lines.line($0).drop { $0 == 0x20 }.starts(with: "```".utf8) }
        guard fences == [first, last] else { return nil }
        let content = Monologue.trimmed(lines.text((first + 1)..<last))
        return content.isEmpty ? nil : content
    }

    /// What came back, without the word that introduces it and with the line ends of text files in place of a terminal's.
    static func observation(_ text: String) -> String {
        var text = text
        if text.utf8.contains(0x0D) { text = text.replacing("\r\n", with: "\n") }
        for word in ["OBSERVATION:\n", "Observation:\n", "OBSERVATION: ", "Observation: "] where text.hasPrefix(word) {
            text.removeFirst(word.count)
            break
        }
        return Monologue.trimmed(text)
    }

    /// A text with its middle left out where it is longer than `limit` Unicode scalars; nil where it is not.
    static func shortened(_ text: String, limit: Int) -> String? {
        let scalars = text.unicodeScalars
        // Fewer bytes are fewer scalars, and cost nothing to count.
        guard text.utf8.count > limit, scalars.count > limit else { return nil }
        let head = limit / 2
        let tail = limit - head
        return String(scalars.prefix(head)) + "\n[.. \((scalars.count - limit).grouped) characters left out ..]\n"
            + String(scalars.suffix(tail))
    }
}
