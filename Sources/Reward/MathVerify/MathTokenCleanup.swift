/// Drops from an answer's tokens what is no part of its value: units, currency words, closing punctuation; and reads words that stand for signs.
enum MathTokenCleanup {
    /// Words that are functions, constants or signs when they stand alone.
    private static let words: [String: MathToken] = [
        "and": .sign(","), "or": .sign(","), "percent": .sign("%"), "percentage": .sign("%"), "pct": .sign("%"),
        "inf": .sign("∞"), "infinity": .sign("∞"), "union": .sign("∪"), "pi": .command("pi"), "sqrt": .command("sqrt"),
        "sin": .command("sin"), "cos": .command("cos"), "tan": .command("tan"), "cot": .command("cot"),
        "sec": .command("sec"), "csc": .command("csc"), "log": .command("log"), "ln": .command("ln"),
        "exp": .command("exp"), "arcsin": .command("arcsin"), "arccos": .command("arccos"),
        "arctan": .command("arctan"), "gcd": .command("gcd"), "lcm": .command("lcm"), "max": .command("max"),
        "min": .command("min"), "floor": .command("floor"), "ceil": .command("ceil"), "sinh": .command("sinh"),
        "cosh": .command("cosh"), "tanh": .command("tanh"), "det": .command("det"), "arcsec": .command("arcsec"),
        "arccsc": .command("arccsc"), "arccot": .command("arccot"), "arsinh": .command("arsinh"),
        "arcosh": .command("arcosh"), "artanh": .command("artanh"), "mod": .command("mod"),
    ]
    /// Units without their plural's s; after math-verify's list, less what may as well be variables.
    private static let units: Set<String> = [
        "feet", "foot", "ft", "inch", "inche", "in", "yard", "yd", "mile", "mi", "mph", "kmph", "kmh", "kph", "meter",
        "metre", "centimeter", "centimetre", "millimeter", "kilometer", "kilometre", "km", "cm", "mm", "dm", "nm", "kg",
        "gram", "mg", "kilogram", "ton", "tonne", "pound", "lb", "ounce", "oz", "liter", "litre", "ml", "gallon", "gal",
        "quart", "pint", "cup", "acre", "hectare", "second", "sec", "minute", "min", "hour", "hr", "day", "week",
        "month", "year", "yr", "am", "pm", "degree", "deg", "radian", "rad", "celsius", "fahrenheit", "kelvin",
        "dollar", "cent", "buck", "usd", "eur", "euro", "rupee", "rs", "yen", "unit", "square", "sq", "cubic", "cu",
        "cube", "per", "digit", "point", "edge", "student", "child", "children", "people", "person", "men", "man",
        "women", "woman", "boy", "girl", "way", "time", "number", "integer", "apple", "orange", "coin", "tile", "toy",
        "meal", "ticket", "book", "page", "egg", "car", "ball", "marble", "card", "piece", "pie", "monkey", "soldier",
        "multiple", "mark", "item", "step", "row", "hertz", "hz", "khz", "mhz", "joule", "watt", "volt", "newton",
        "pascal", "ohm", "mole", "mol", "mtr", "gm", "mt", "east", "west", "north", "south", "profit", "loss", "gain",
        "increase", "decrease", "more", "less", "round", "excess", "solution", "th", "st", "nd",
    ]
    /// Units of one letter, which only a plain number may have.
    private static let letterUnits: Set<String> = ["m", "g", "s", "h", "l", "L", "K", "C", "F", "J", "N", "W", "V"]

    static func clean(_ tokens: [PlacedToken]) -> [PlacedToken] {
        var tokens = joinedThousands(translated(tokens))
        while dropOneEnding(of: &tokens) {}
        return tokens
    }

    /// Words and texts that stand for a sign become it; two separators in a row (", and") one.
    private static func translated(_ tokens: [PlacedToken]) -> [PlacedToken] {
        var result: [PlacedToken] = []
        for var placed in tokens {
            switch placed.token {
            case .word(let word): placed.token = words[word.lowercased()] ?? placed.token
            case .text(let text):
                let word = text.lowercased().filter { !$0.isWhitespace }
                if word.isEmpty { continue }
                if let token = words[word] { placed.token = token }
                if !word.contains(where: { !$0.isNumber && $0 != "." }), word.contains(where: \.isNumber) {
                    placed.token = .number(word)
                }
            default: break
            }
            if placed.token == .sign(","), result.last?.token == .sign(",") { continue }
            // A separator between { and } alone, as in 1{,}000, is only typography.
            if placed.token == .sign("}"), result.count >= 2, result[result.count - 1].token == .sign(","),
                result[result.count - 2].token == .sign("{")
            {
                result.removeLast(2)
                placed.token = .sign(",")
            }
            result.append(placed)
        }
        return result
    }

    /// `1,234,567` outside brackets is one number; `1, 2` and `12,34` are lists.
    private static func joinedThousands(_ tokens: [PlacedToken]) -> [PlacedToken] {
        var result: [PlacedToken] = []
        var index = 0
        var depth = 0
        while index < tokens.count {
            switch tokens[index].token {
            case .sign("("), .sign("["), .sign("{"), .sign("⦃"): depth += 1
            case .sign(")"), .sign("]"), .sign("}"), .sign("⦄"): depth -= 1
            case .number(let first) where depth == 0 && (1...3).contains(first.utf8.count) && !first.contains("."):
                var end = index + 1
                var digits = first
                var isNumber = true
                while end + 1 < tokens.count, tokens[end].token == .sign(","), !tokens[end + 1].spaceBefore,
                    !tokens[end].spaceBefore, isNumber, case .number(let group) = tokens[end + 1].token
                {
                    let whole = group.prefix { $0 != "." }
                    isNumber = whole.utf8.count == 3
                    if isNumber {
                        digits += group
                        end += 2
                        if group.contains(".") { break }
                    }
                }
                if isNumber, end > index + 1 {
                    var placed = tokens[index]
                    placed.token = .number(digits)
                    result.append(placed)
                    index = end
                    continue
                }
            default: break
            }
            result.append(tokens[index])
            index += 1
        }
        return result
    }

    /// Drops a separator, a text or a unit at the end; false when there is none to drop.
    private static func dropOneEnding(of tokens: inout [PlacedToken]) -> Bool {
        guard let last = tokens.last, tokens.count > 1 else { return false }
        switch last.token {
        case .sign(","), .sign(";"), .sign(":"), .sign("?"):
            tokens.removeLast()
            return true
        default: break
        }
        // A unit may have an exponent: cm^2, \text{cm}^{2}.
        var end = tokens.count
        if end >= 3, case .number = tokens[end - 1].token, tokens[end - 2].token == .sign("^") {
            end -= 2
        } else if end >= 5, tokens[end - 1].token == .sign("}"), case .number = tokens[end - 2].token,
            tokens[end - 3].token == .sign("{"), tokens[end - 4].token == .sign("^")
        {
            end -= 4
        }
        var start = end - 1
        guard start > 0, isUnit(tokens[start].token, after: tokens[..<start]) else { return false }
        // "a/b" of units: km/h.
        if start >= 2, tokens[start - 1].token == .sign("/"),
            isUnit(tokens[start - 2].token, after: tokens[..<(start - 2)])
        {
            start -= 2
        }
        guard start > 0, endsOperand(tokens[start - 1].token),
            tokens[..<start].contains(where: { if case .text = $0.token { false } else { true } })
        else { return false }
        tokens.removeSubrange(start...)
        return true
    }

    private static func isUnit(_ token: MathToken, after before: ArraySlice<PlacedToken>) -> Bool {
        switch token {
        case .text: return true
        case .word(let word):
            if word.count == 1 {
                return letterUnits.contains(word)
                    && before.allSatisfy {
                        switch $0.token {
                        case .number, .sign: true
                        case .command(let name): name == "frac" || name == "sqrt" || name == "pi"
                        case .word(let word): word.count > 1
                        case .text, .begin, .end: false
                        }
                    }
            }
            let word = word.lowercased()
            return units.contains(word)
                || word.hasSuffix("s")
                    && (units.contains(String(word.dropLast()))
                        || word.hasSuffix("es") && units.contains(String(word.dropLast(2))))
        default: return false
        }
    }

    private static func endsOperand(_ token: MathToken) -> Bool {
        switch token {
        case .number, .word, .text, .end: true
        case .command(let name): name == "pi"
        case .sign(let sign): [")", "]", "}", "⦄", "%", "!", "°", "∞", "|"].contains(sign)
        case .begin: false
        }
    }
}
