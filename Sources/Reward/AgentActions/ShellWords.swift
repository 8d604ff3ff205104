/// A command line as the shell's words, after POSIX quoting (XCU 2.2); expansions stay as they are written.
enum ShellWords {
    static func split(_ line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isOpen = false
        var quote: Character?
        var escaped = false
        for character in line {
            if escaped {
                // A backslash at a line's end continues the line.
                if !character.isNewline {
                    if quote == "\"", !"$`\"\\".contains(character) { word.append("\\") }
                    word.append(character)
                    isOpen = true
                }
                escaped = false
            } else if character == "\\", quote != "'" {
                escaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                isOpen = true
            } else if character.isWhitespace {
                if isOpen { words.append(word) }
                // Lines are commands of their own.
                if character.isNewline, words.last != "\n", !words.isEmpty { words.append("\n") }
                (word, isOpen) = ("", false)
            } else if "|&;<>".contains(character) {
                if isOpen { words.append(word) }
                (word, isOpen) = ("", false)
                // && and || and >> are one operator.
                if let last = words.last, last == String(character) {
                    words[words.count - 1] += String(character)
                } else {
                    words.append(String(character))
                }
            } else {
                word.append(character)
                isOpen = true
            }
        }
        if isOpen || !word.isEmpty { words.append(word) }
        while words.last == "\n" || words.last == ";" { words.removeLast() }
        return words
    }

    /// The line with one space between words and single quotes only where they are needed.
    static func normalized(_ line: String) -> String {
        split(line).map { word in
            let needsQuotes =
                word.isEmpty || word != "\n" && word.contains { $0.isWhitespace || $0 == "'" || $0 == "\"" }
            return needsQuotes ? "'\(word)'" : word
        }.joined(separator: " ")
    }
}
