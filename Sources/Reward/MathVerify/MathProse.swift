/// Answers in words.
enum MathProse {
    /// The words that the answer is made of, as one name; nil when there is more in it than words.
    ///
    /// Letters alone are a product of variables when they are few (`abc`) and a word otherwise.
    static func words(in tokens: [PlacedToken]) -> String? {
        if tokens.count > 1, tokens.contains(where: isSentence) { return text(of: tokens) }
        var hasText = false
        var letters = 0
        for placed in tokens {
            switch placed.token {
            case .text(let text):
                hasText = true
                if text.contains("$") { return nil }
            case .word(let word):
                guard word.unicodeScalars.allSatisfy(\.isASCII) else { return nil }
                letters += word.count
            case .sign("'"), .sign("-"), .sign("."): guard tokens.count > 1, letters > 1 || hasText else { return nil }
            default: return nil
            }
        }
        let words = tokens.count { if case .word = $0.token { true } else { false } }
        guard hasText || letters >= 4 || words > 1 && letters > words else { return nil }
        return text(of: tokens)
    }

    /// Text of several words beside other things makes a sentence of them: "x such that 2x is even".
    private static func isSentence(_ placed: PlacedToken) -> Bool {
        guard case .text(let text) = placed.token else { return false }
        return text.split(whereSeparator: \.isWhitespace).count > 1
    }

    /// All that is written, in lower case without spaces and brackets: how answers are compared that are no mathematics.
    static func text(of tokens: [PlacedToken]) -> String? {
        var result = ""
        for placed in tokens {
            switch placed.token {
            case .number(let text), .word(let text), .text(let text), .command(let text): result += text
            case .begin, .end: return nil
            case .sign(let sign): result.unicodeScalars.append(sign)
            }
        }
        let name = nameOfText(result)
        return name.isEmpty ? nil : name
    }

    /// `\text{(A)}` is A: brackets, spaces and case do not change what a text says.
    static func nameOfText(_ text: String) -> String {
        text.replacing("\\left", with: "").replacing("\\right", with: "").lowercased().filter {
            !$0.isWhitespace && $0 != "(" && $0 != ")" && $0 != "{" && $0 != "}" && $0 != "~"
        }
    }

    /// Whether a text reads as an answer and nothing else: not as a sentence that has one in it.
    static func isAnswer(_ text: String) -> Bool {
        guard let written = try? MathLexer.tokens(of: text), !written.isEmpty else { return false }
        let tokens = MathTokenCleanup.clean(written)
        if words(in: tokens) != nil { return tokens.count <= 3 }
        for (index, placed) in tokens.enumerated() {
            guard case .word(let word) = placed.token, word.count > 1 else { continue }
            if word.count > 3 { return false }
            let next = index + 1 < tokens.count ? tokens[index + 1] : nil
            if placed.spaceBefore, index > 0, isOperand(tokens[index - 1].token) { return false }
            if let next, next.spaceBefore, isOperand(next.token) { return false }
        }
        return (try? MathParser.parse(text)) != nil
    }

    private static func isOperand(_ token: MathToken) -> Bool {
        switch token {
        case .number, .word, .text: true
        default: false
        }
    }
}
