/// Final answers in expert solutions: `\boxed{..}`, and a last line `#### ..`.
enum StatedAnswer {
    /// What is in the last `\boxed{}` or `\fbox{}`, which may hold braces of its own; nil where there is none, or nothing in it.
    static func boxed(in text: String) -> String? {
        let bytes = Array(text.utf8)
        guard let range = lastBox(in: bytes) else { return nil }
        let answer = PromptTemplate.normalizedAnswer(String(decoding: bytes[range.content], as: UTF8.self))
        return answer.isEmpty ? nil : answer
    }

    /// What the last line says, where it is `#### answer`; nil where it is a numbered heading, such as `#### Step 3: ..`.
    static func marked(in text: String) -> String? {
        let bytes = text.utf8
        guard let end = bytes.lastIndex(where: { $0 > 0x20 }) else { return nil }
        let start = bytes[..<end].lastIndex(of: 0x0A).map { bytes.index(after: $0) } ?? bytes.startIndex
        let line = Array(bytes[start...end].drop { $0 == 0x20 })
        guard line.starts(with: "####".utf8), line.dropFirst(4).first != UInt8(ascii: "#"),
            StepMarker(line[...], indentation: 0) == nil
        else { return nil }
        let answer = PromptTemplate.normalizedAnswer(String(decoding: line.dropFirst(4), as: UTF8.self))
        return answer.isEmpty ? nil : answer
    }

    /// The steps without what only states the answer: a last line `#### answer`, and a last paragraph such as
    /// `The final answer is $\boxed{72}$.` The answer follows the steps of a trajectory anyway, as a step of its own.
    static func withoutStatement(_ steps: [String]) -> [String] {
        guard var last = steps.last else { return steps }
        if marked(in: last) != nil, let end = last.utf8.lastIndex(of: UInt8(ascii: "#")) {
            let start = last.utf8[..<end].lastIndex(of: 0x0A) ?? last.utf8.startIndex
            last = Monologue.trimmed(String(last[..<start]))
        } else {
            let lines = TextLines(last)
            let start = (0..<lines.count).last { lines.isBlank($0) && !lines.isInCode($0) }.map { $0 + 1 } ?? 0
            let paragraph = lines.text(start..<lines.count)
            guard isStatement(paragraph) else { return steps }
            last = Monologue.trimmed(lines.text(0..<start))
        }
        return steps.dropLast() + (last.isEmpty ? [] : [last])
    }

    /// Whether a paragraph says nothing but the boxed answer.
    private static func isStatement(_ paragraph: String) -> Bool {
        let bytes = Array(paragraph.utf8)
        // A statement is short; most paragraphs are told by that.
        guard bytes.count < 600, let box = lastBox(in: bytes), bytes.count - box.whole.count < 120 else { return false }
        let around = String(decoding: bytes[..<box.whole.lowerBound] + bytes[box.whole.upperBound...], as: UTF8.self)
        return around.lowercased().split { !$0.isLetter }.allSatisfy { statementWords.contains(String($0)) }
            && !around.contains(where: \.isNumber)
    }

    private static let statementWords: Set<String> = [
        "the", "final", "correct", "answer", "is", "therefore", "thus", "hence", "so", "our", "to", "problem",
        "blacksquare",
    ]

    /// The last box: with its command, and what is between its braces.
    private static func lastBox(in bytes: [UInt8]) -> (whole: Range<Int>, content: Range<Int>)? {
        for start in bytes.indices.reversed() where bytes[start] == UInt8(ascii: "\\") {
            let command = bytes[(start + 1)...].prefix { (0x61...0x7A).contains($0) }
            guard command.elementsEqual("boxed".utf8) || command.elementsEqual("fbox".utf8) else { continue }
            let open = command.endIndex
            guard open < bytes.count, bytes[open] == UInt8(ascii: "{") else { continue }
            var depth = 0
            for index in open..<bytes.count {
                if bytes[index] == UInt8(ascii: "{") { depth += 1 }
                if bytes[index] == UInt8(ascii: "}") { depth -= 1 }
                if depth == 0 { return (start..<(index + 1), (open + 1)..<index) }
            }
        }
        return nil
    }
}
