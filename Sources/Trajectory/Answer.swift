/// Final answers in the text of steps and solutions.
extension PromptTemplate {
    /// What introduces the answer in a step of its own, as in GSM8K.
    static let answerMarker = "####"

    /// The step that states the answer: `#### 72`.
    public func answerStep(_ answer: String) -> String { "\(Self.answerMarker) \(answer)" }

    /// The answer that an action or a whole solution states, in the form of `normalizedAnswer`.
    ///
    /// It stands in the last line that starts with `####`; where there is none, in the last `\boxed{}`.
    /// - Returns: nil when neither is there, or when nothing is in it.
    public func answer(in action: String) -> String? {
        let line = action.split(whereSeparator: \.isNewline)
            .map { $0.drop(while: \.isWhitespace) }
            .last { $0.hasPrefix(Self.answerMarker) }
        let stated = line.map { $0.dropFirst(Self.answerMarker.count) } ?? Self.lastBoxed(in: action)
        guard let stated else { return nil }
        let answer = Self.normalizedAnswer(String(stated))
        return answer.isEmpty ? nil : answer
    }

    /// An answer without what does not change it: white space around it, a dollar sign, a period at its end, and, in a number,
    /// thousands separators and spaces. `$1,250.` is `1250`; `(1,250)` stays.
    public static func normalizedAnswer(_ text: String) -> String {
        var answer = text[...]
        func trim() {
            while answer.first?.isWhitespace == true { answer.removeFirst() }
            while answer.last?.isWhitespace == true { answer.removeLast() }
        }
        trim()
        if answer.hasSuffix(".") { answer.removeLast() }
        if answer.hasSuffix("$") { answer.removeLast() }
        trim()
        let sign = answer.hasPrefix("-") ? "-" : ""
        answer = answer.dropFirst(sign.count)
        if answer.hasPrefix("\\$") { answer.removeFirst() }
        if answer.hasPrefix("$") { answer.removeFirst() }
        trim()
        let dense = answer.filter { !$0.isWhitespace }
        return sign + (withoutSeparators(dense) ?? String(answer))
    }

    /// The number `text` without its thousands separators; nil when it is not a number.
    private static func withoutSeparators(_ text: String) -> String? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let isDigits = { (part: Substring) in !part.isEmpty && part.utf8.allSatisfy { (48...57).contains($0) } }
        let groups = parts[0].split(separator: ",", omittingEmptySubsequences: false)
        guard groups.allSatisfy(isDigits), parts.dropFirst().allSatisfy(isDigits) else { return nil }
        guard groups.count == 1 || groups[0].count <= 3 && groups.dropFirst().allSatisfy({ $0.count == 3 }) else {
            return nil
        }
        return ([groups.joined()] + parts.dropFirst().map(String.init)).joined(separator: ".")
    }

    /// What is between the braces of the last `\boxed{`, which may hold braces of its own.
    private static func lastBoxed(in text: String) -> Substring? {
        let marker = "\\boxed{"
        var search = text[...]
        var last: Substring?
        while let start = search.firstIndex(of: "\\") {
            search = search[start...]
            guard search.hasPrefix(marker) else {
                search = search.dropFirst()
                continue
            }
            let inside = search.dropFirst(marker.count)
            search = inside
            var depth = 1
            for index in inside.indices {
                if inside[index] == "{" { depth += 1 }
                if inside[index] == "}" { depth -= 1 }
                if depth == 0 {
                    last = inside[..<index]
                    break
                }
            }
        }
        return last
    }
}
