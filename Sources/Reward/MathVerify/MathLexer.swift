/// Cuts a written answer, LaTeX or plain, into tokens.
struct MathLexer {
    /// Longer answers are not read: the longest of real ones have some hundreds of characters.
    static let maximumLength = 8192
    /// Commands that change only how something looks.
    private static let layout: Set<String> = [
        "left", "right", "mleft", "mright", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl",
        "biggr", "displaystyle", "textstyle", "limits", "nolimits", "quad", "qquad", "thinspace", "medspace",
        "thickspace", "negthinspace", "enspace", "hfill", "rm", "bf", "it", "hspace", "phantom", "vphantom", "ldots",
        "dots", "cdots", "nonumber", "hline", "textdollar",
    ]
    /// Commands whose argument is text, or a symbol in another type face.
    private static let textual: Set<String> = [
        "text", "textbf", "textit", "textrm", "textnormal", "textsf", "texttt", "mathrm", "mathbf", "mathit", "mathsf",
        "mbox", "hbox", "operatorname", "boldsymbol", "bm", "emph", "mathcal", "mathfrak", "mathscr",
    ]
    private static let synonyms: [String: String] = [
        "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "dbinom": "binom", "tbinom": "binom", "lbrack": "[",
        "rbrack": "]", "lbrace": "⦃", "rbrace": "⦄", "lvert": "|", "rvert": "|", "vert": "|", "mid": "|",
        "lparen": "(", "rparen": ")", "times": "*", "cdot": "*", "ast": "*", "div": "/", "over": "/", "le": "≤",
        "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥", "geqslant": "≥", "lt": "<", "gt": ">", "ne": "≠",
        "neq": "≠", "approx": "≈", "equiv": "=", "pm": "±", "mp": "∓", "cup": "∪", "cap": "∩", "setminus": "∖",
        "backslash": "∖", "in": "∈", "infty": "∞", "degree": "°", "circ": "°", "emptyset": "∅", "varnothing": "∅",
        "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "colon": ":", "land": ",", "wedge": ",", "lor": ",",
        "vee": ",", "langle": "(", "rangle": ")", "lgroup": "(", "rgroup": ")",
    ]
    /// Signs that are written in more than one way.
    private static let signs: [Unicode.Scalar: Unicode.Scalar] = [
        "−": "-", "–": "-", "×": "*", "⋅": "*", "·": "*", "∙": "*", "÷": "/", "∕": "/", "⁄": "/", "≦": "≤", "≧": "≥",
        "，": ",", "、": ",", "；": ";", "：": ":", "（": "(", "）": ")", "【": "[", "】": "]", "％": "%", "º": "°", "∗": "*",
    ]
    private static let superscripts: [Unicode.Scalar: String] = [
        "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9",
    ]
    private static let numberSets: [Unicode.Scalar: String] = ["ℕ": "N", "ℤ": "Z", "ℚ": "Q", "ℝ": "R", "ℂ": "C"]

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var tokens: [PlacedToken] = []
    private var spaceBefore = false

    private init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// - Throws: For text that is too long, or whose arguments do not close.
    static func tokens(of text: String) throws(MathSyntaxError) -> [PlacedToken] {
        guard text.utf8.count <= maximumLength else {
            throw .tooLarge("the answer has \(text.utf8.count) bytes; \(maximumLength) are read")
        }
        var lexer = MathLexer(text)
        while lexer.index < lexer.scalars.count { try lexer.next() }
        return lexer.tokens
    }

    private mutating func append(_ token: MathToken) {
        tokens.append(PlacedToken(token: token, spaceBefore: spaceBefore))
        spaceBefore = false
    }

    private mutating func next() throws(MathSyntaxError) {
        let scalar = scalars[index]
        switch scalar {
        case "\\": try command()
        case "0"..."9", ".": number()
        case "$", "€", "£", "¥", "₹", "\"", "~", "\u{200B}", "\u{FEFF}":
            index += 1
            spaceBefore = spaceBefore || scalar == "~"
        case _ where scalar.properties.isWhitespace:
            index += 1
            spaceBefore = true
        case _ where Self.superscripts[scalar] != nil:
            append(.sign("^"))
            var digits = ""
            while index < scalars.count, let digit = Self.superscripts[scalars[index]] {
                digits += digit
                index += 1
            }
            append(.number(digits))
        case "√":
            index += 1
            append(.command("sqrt"))
        case "π":
            index += 1
            append(.command("pi"))
        case _ where Self.numberSets[scalar] != nil:
            index += 1
            append(.command("mathbb" + (Self.numberSets[scalar] ?? "")))
        case "<" where peek(1) == "=", ">" where peek(1) == "=", "!" where peek(1) == "=", "=" where peek(1) == "=":
            index += 2
            append(.sign(["<": "≤", ">": "≥", "!": "≠"][scalar] ?? "="))
        case "*" where peek(1) == "*":
            index += peek(2) == "*" ? 3 : 2
            // Two stars are a power, as in Python, unless they make something bold.
            if case .number = tokens.last?.token {
                append(.sign("^"))
            } else if tokens.last != nil, index < scalars.count {
                append(.sign("^"))
            }
        case _ where scalar.properties.isAlphabetic: word()
        default:
            index += 1
            append(.sign(Self.signs[scalar] ?? scalar))
        }
    }

    private func peek(_ distance: Int) -> Unicode.Scalar? {
        index + distance < scalars.count ? scalars[index + distance] : nil
    }

    private mutating func word() {
        let start = index
        // Greek and Latin letters do not make words together.
        let isASCII = scalars[start].isASCII
        while index < scalars.count, scalars[index].properties.isAlphabetic, scalars[index].isASCII == isASCII,
            Self.numberSets[scalars[index]] == nil, isASCII || index == start || scalars[index].value > 0x3FF
        {
            index += 1
        }
        append(.word(String(String.UnicodeScalarView(scalars[start..<index]))))
    }

    private mutating func number() {
        let start = index
        var hasPoint = false
        while index < scalars.count {
            if ("0"..."9").contains(scalars[index]) {
                index += 1
            } else if scalars[index] == ".", !hasPoint, peek(1).map({ ("0"..."9").contains($0) }) == true {
                hasPoint = true
                index += 1
            } else {
                break
            }
        }
        guard index > start else {
            // A point without digits after it ends a sentence.
            index += 1
            return
        }
        append(.number(String(String.UnicodeScalarView(scalars[start..<index]))))
    }

    private mutating func command() throws(MathSyntaxError) {
        index += 1
        guard index < scalars.count else { throw .malformed("there is nothing after the last backslash") }
        let first = scalars[index]
        guard first.isASCII, first.properties.isAlphabetic else {
            index += 1
            switch first {
            case "{": append(.sign("⦃"))
            case "}": append(.sign("⦄"))
            case "\\":
                // Models double the backslash of commands; a row of a matrix ends with one before white space or a number.
                if index < scalars.count, scalars[index].properties.isAlphabetic, !insideMatrix {
                    index -= 1
                    return try command()
                }
                append(.sign("⏎"))
            case "%": append(.sign("%"))
            case "|": append(.sign("|"))
            case "!":
                // 1,\! 000 is typography.
                while peek(0)?.properties.isWhitespace == true { index += 1 }
            case "$", "(", ")", "[", "]", ",", ";", ":", " ", "\n", "/", "&", "_", "#":
                spaceBefore = true
                if first == "," || first == ";" || first == ":" || first == " " { joinThousands() }
            default: throw .unknown("\\\(first) is not known")
            }
            return
        }
        let start = index
        while index < scalars.count, scalars[index].isASCII, scalars[index].properties.isAlphabetic { index += 1 }
        let name = String(String.UnicodeScalarView(scalars[start..<index]))
        if Self.layout.contains(name) {
            spaceBefore = spaceBefore || name != "left" && name != "right"
            // \left. and \right. are brackets that are not drawn.
            if name == "left" || name == "right", peek(0) == "." { index += 1 }
            return
        }
        if Self.textual.contains(name) { return append(.text(try argument(of: name))) }
        if name == "begin" || name == "end" {
            let environment = try argument(of: name).replacing("*", with: "")
            if name == "begin", environment == "array", peek(0) == "{" { _ = try argument(of: name) }
            return append(name == "begin" ? .begin(environment) : .end(environment))
        }
        if name == "mathbb" { return append(.command("mathbb" + (try argument(of: name)))) }
        if let sign = Self.synonyms[name] {
            if sign.unicodeScalars.count == 1, let scalar = sign.unicodeScalars.first { return append(.sign(scalar)) }
            return append(.command(sign))
        }
        append(.command(name))
    }

    private var insideMatrix: Bool {
        tokens.reduce(0) { depth, placed in
            switch placed.token {
            case .begin: depth + 1
            case .end: depth - 1
            default: depth
            }
        } > 0
    }

    /// `1\,000`: a thin space between digits separates thousands.
    private mutating func joinThousands() {
        guard case .number(let digits) = tokens.last?.token, !digits.contains("."), index + 3 <= scalars.count,
            scalars[index..<index + 3].allSatisfy({ ("0"..."9").contains($0) }),
            !(index + 3 < scalars.count && ("0"..."9").contains(scalars[index + 3]))
        else { return }
        tokens[tokens.count - 1].token = .number(
            digits + String(String.UnicodeScalarView(scalars[index..<index + 3])))
        index += 3
        spaceBefore = false
    }

    /// What is between the braces after a command, or the one character.
    private mutating func argument(of name: String) throws(MathSyntaxError) -> String {
        while peek(0)?.properties.isWhitespace == true { index += 1 }
        guard let first = peek(0) else { throw .malformed("\\\(name) has no argument") }
        guard first == "{" else {
            index += 1
            return String(first)
        }
        var depth = 0
        let start = index + 1
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            if scalar == "\\" { index += 1 }
            if scalar == "{" { depth += 1 }
            if scalar == "}" { depth -= 1 }
            if depth == 0 { return String(String.UnicodeScalarView(scalars[start..<index - 1])) }
        }
        throw .malformed("the brace after \\\(name) does not close")
    }
}
