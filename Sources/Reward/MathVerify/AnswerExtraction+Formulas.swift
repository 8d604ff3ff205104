/// Formulas and numbers in running text.
extension AnswerExtraction {
    typealias Formula = (range: Range<Int>, content: Range<Int>)

    /// What stands between `$`, `$$`, `\( \)` and `\[ \]`, in order.
    ///
    /// - Parameter bareFractions: Whether a `\frac{}{}` outside these counts too.
    func formulas(in range: Range<Int>, bareFractions: Bool = false) -> [Formula] {
        var result: [Formula] = []
        var index = range.lowerBound
        // Where no closing delimiter was found once, none comes later.
        var missing: Set<String> = []
        while index < range.upperBound {
            let (open, close): (String, String)
            switch scalar(index) {
            case "\\":
                switch scalar(index + 1) {
                case "(": (open, close) = ("\\(", "\\)")
                case "[": (open, close) = ("\\[", "\\]")
                default:
                    if bareFractions, let end = endOfFraction(at: index), end <= range.upperBound {
                        let negative = index > range.lowerBound && scalar(index - 1) == "-"
                        let start = negative ? index - 1 : index
                        result.append((start..<end, start..<end))
                        index = end
                    } else {
                        index += 2
                    }
                    continue
                }
            case "$": (open, close) = scalar(index + 1) == "$" ? ("$$", "$$") : ("$", "$")
            default:
                index += 1
                continue
            }
            let start = index + open.unicodeScalars.count
            guard !missing.contains(open), let end = find(close, in: start..<range.upperBound) else {
                missing.insert(open)
                index = start
                continue
            }
            if open == "$", isMoney(start, closing: end) {
                index = start
                continue
            }
            let after = end + close.unicodeScalars.count
            if end > start { result.append((index..<after, start..<end)) }
            index = after
        }
        return result
    }

    /// Where the `\frac{..}{..}` that begins here ends; its parts hold no braces of their own.
    private func endOfFraction(at start: Int) -> Int? {
        var index = start + 1
        if scalar(index) == "d" || scalar(index) == "t" { index += 1 }
        for letter in "frac".unicodeScalars {
            guard scalar(index) == letter else { return nil }
            index += 1
        }
        for _ in 0..<2 {
            guard scalar(index) == "{" else { return nil }
            repeat { index += 1 } while scalar(index).map { $0 != "}" && $0 != "{" && $0 != "\n" } ?? false
            guard scalar(index) == "}" else { return nil }
            index += 1
        }
        return index
    }

    /// `$5 and $6`: a dollar sign before a digit whose partner follows a space, or opens another amount.
    private func isMoney(_ start: Int, closing end: Int) -> Bool {
        guard let first = scalar(start), ("0"..."9").contains(first), let before = scalar(end - 1) else { return false }
        return before.properties.isWhitespace || before == "("
    }

    private func find(_ pattern: String, in range: Range<Int>) -> Int? {
        let wanted = Array(pattern.unicodeScalars)
        var index = range.lowerBound
        while index + wanted.count <= range.upperBound {
            if scalar(index) == wanted[0], wanted.count == 1 || scalar(index + 1) == wanted[1] { return index }
            index += scalar(index) == "\\" ? 2 : 1
        }
        return nil
    }

    /// The last number or formula, whichever comes later; formulas that only "and" separates count as one.
    func last(in range: Range<Int>) -> String? {
        let formulas = formulas(in: range, bareFractions: true)
        guard let formula = formulas.last else { return lastNumber(in: range).map(string) }
        if let number = lastNumber(in: formula.range.upperBound..<range.upperBound) { return string(number) }
        var contents = [string(formula.content)]
        var start = formula.range.lowerBound
        for before in formulas.dropLast().reversed() {
            guard isSeparator(before.range.upperBound..<start) else { break }
            contents.insert(string(before.content), at: 0)
            start = before.range.lowerBound
        }
        return contents.joined(separator: ", ")
    }

    /// A number with its sign, separators, fraction and percent sign.
    private func lastNumber(in range: Range<Int>) -> Range<Int>? {
        var found: Range<Int>?
        var index = range.lowerBound
        while index < range.upperBound {
            guard isDigit(index) || scalar(index) == "." && isDigit(index + 1) else {
                index += 1
                continue
            }
            let start = index
            while index < range.upperBound, continuesNumber(at: index) { index += 1 }
            // Digits in a word, such as H2O or x1, are no number.
            if start > range.lowerBound, let before = scalar(start - 1), before.properties.isAlphabetic || before == "_"
            {
                continue
            }
            var from = start
            if from > range.lowerBound, scalar(from - 1) == "-" || scalar(from - 1) == "−",
                from - 1 == range.lowerBound || scalar(from - 2).map({ !isOperand($0) }) == true
            {
                from -= 1
            }
            var end = index
            while end < range.upperBound, scalar(end) == " " || scalar(end) == "\\" { end += 1 }
            let percent = end < range.upperBound && scalar(end) == "%"
            found = from..<(percent ? end + 1 : index)
        }
        return found
    }

    private func isDigit(_ index: Int) -> Bool { scalar(index).map { ("0"..."9").contains($0) } ?? false }

    private func isOperand(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar) || scalar.properties.isAlphabetic || scalar == ")"
    }

    /// A digit, or a sign between two digits that belongs to the number.
    private func continuesNumber(at index: Int) -> Bool {
        if isDigit(index) { return true }
        switch scalar(index) {
        case ".", "/", "^": return isDigit(index + 1)
        case ",": return isDigit(index + 1) && isDigit(index + 2) && isDigit(index + 3) && !isDigit(index + 4)
        default: return false
        }
    }
}
