/// Finds the answer in a text. Linear in the text's length.
struct AnswerExtraction {
    private let text: [Unicode.Scalar]

    init(_ text: String) { self.text = Array(text.unicodeScalars) }

    /// The answer of the first source that has one, as it is written there; nil when none has.
    func answer(from sources: [AnswerSource]) -> String? {
        for source in sources {
            let found =
                switch source {
                case .boxed: boxed()
                case .hashes: hashes()
                case .whole: whole()
                case .statement: statement()
                case .last: last(in: 0..<text.count)
                }
            if let found, !found.allSatisfy(\.isWhitespace) { return found }
        }
        return nil
    }

    func scalar(_ index: Int) -> Unicode.Scalar? { text.indices.contains(index) ? text[index] : nil }

    func string(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(text[range])) }

    private func matches(_ pattern: String, at index: Int, ignoringCase: Bool = false) -> Bool {
        var index = index
        for scalar in pattern.unicodeScalars {
            guard index < text.count else { return false }
            let here = ignoringCase ? text[index].properties.lowercaseMapping.unicodeScalars.first : text[index]
            guard here == scalar else { return false }
            index += 1
        }
        return true
    }

    // MARK: Boxes

    private func boxed() -> String? {
        var boxes = closedBoxes()
        guard let last = boxes.popLast() else { return nil }
        var contents = [string(last.content)]
        var start = last.start
        while let before = boxes.popLast(), before.content.upperBound < start,
            isSeparator(before.content.upperBound + 1..<start)
        {
            contents.insert(string(before.content), at: 0)
            start = before.start
        }
        return contents.joined(separator: ", ")
    }

    /// The boxes without a box in them, in the order in which they close. One that does not close was cut off, and says nothing.
    private func closedBoxes() -> [(start: Int, content: Range<Int>)] {
        var boxes: [(start: Int, content: Range<Int>)] = []
        /// Where each open brace stands, and where the command that it belongs to begins.
        var open: [(brace: Int, box: Int?)] = []
        var pending: Int?
        var index = 0
        while index < text.count {
            switch text[index] {
            case "\\":
                let length = matches("\\boxed", at: index) ? 6 : matches("\\fbox", at: index) ? 5 : 0
                pending = length > 0 ? index : nil
                index += max(length, 2) - 1
            case "{":
                open.append((index, pending))
                pending = nil
            case "}":
                if let (brace, box) = open.popLast(), let box, boxes.last.map({ $0.start < box }) ?? true {
                    boxes.append((box, brace + 1..<index))
                }
                pending = nil
            case let scalar where !scalar.properties.isWhitespace: pending = nil
            default: break
            }
            index += 1
        }
        return boxes
    }

    /// Whether only commas, dollar signs and "and" or "or" stand there, and at least one that separates.
    func isSeparator(_ range: Range<Int>) -> Bool {
        guard range.count < 24 else { return false }
        let words = string(range).lowercased().split { $0.isWhitespace || ",;$.\\[]()".contains($0) }
        guard words.allSatisfy({ ["and", "or", "text{and}", "text{or}", "quad"].contains($0) }) else { return false }
        return !words.isEmpty || text[range].contains { $0 == "," || $0 == ";" }
    }

    // MARK: Lines and sentences

    private func hashes() -> String? {
        guard let start = lastIndex(of: "####", ignoringCase: false) else { return nil }
        var from = start + 4
        while from < text.count, text[from] == "#" { from += 1 }
        let end = text[from...].firstIndex { $0 == "\n" || $0 == "\r" } ?? text.count
        return formula(orTextIn: from..<end)
    }

    private func lastIndex(of pattern: String, ignoringCase: Bool) -> Int? {
        let first = pattern.unicodeScalars.first
        var index = text.count - pattern.unicodeScalars.count
        while index >= 0 {
            let here = ignoringCase ? text[index].properties.lowercaseMapping.unicodeScalars.first : text[index]
            if here == first, matches(pattern, at: index, ignoringCase: ignoringCase) { return index }
            index -= 1
        }
        return nil
    }

    /// The formulas there, or else the text without what is around it.
    private func formula(orTextIn range: Range<Int>) -> String? {
        let found = formulas(in: range)
        if found.count == 1
            || found.count > 1
                && zip(found, found.dropFirst()).allSatisfy({
                    isSeparator($0.range.upperBound..<$1.range.lowerBound)
                })
        {
            return found.map { string($0.content) }.joined(separator: ", ")
        }
        return string(range)
    }

    private func whole() -> String? {
        guard text.count <= 512, !text.contains("\n") else { return nil }
        let formulas = formulas(in: 0..<text.count)
        guard formulas.isEmpty else { return nil }
        let answer = string(0..<text.count)
        return MathProse.isAnswer(answer) ? answer : nil
    }

    private func statement() -> String? {
        guard let word = lastIndex(of: "answer", ignoringCase: true) else { return nil }
        let lineEnd = text[word...].firstIndex { $0 == "\n" } ?? text.count
        // "the answer to your question is", "Answer:", "**Answer**: "
        var from = word + 6
        let limit = min(lineEnd, from + 100)
        while from < limit {
            if text[from] == ":" || text[from] == "=" {
                from += 1
                break
            }
            if matches(" is", at: from), from + 3 == text.count || !text[from + 3].properties.isAlphabetic {
                from += 3
                if from < text.count, text[from] == ":" { from += 1 }
                break
            }
            from += 1
        }
        guard from < limit || from == lineEnd && limit == lineEnd else { return nil }
        while from < lineEnd, text[from] == "*" || text[from] == " " { from += 1 }
        let found = formulas(in: from..<lineEnd)
        if let first = found.first, first.range.lowerBound - from <= 50 {
            var contents = [string(first.content)]
            var end = first.range.upperBound
            for next in found.dropFirst() {
                guard isSeparator(end..<next.range.lowerBound) else { break }
                contents.append(string(next.content))
                end = next.range.upperBound
            }
            return contents.joined(separator: ", ")
        }
        let sentence = string(from..<lineEnd).split(separator: ". ", maxSplits: 1).first.map { String($0) } ?? ""
        let trimmed = String(sentence.filter { $0 != "*" })
        if MathProse.isAnswer(trimmed) { return trimmed }
        return last(in: from..<lineEnd)
    }
}
