/// Cuts a template into tokens as Jinja does with `trim_blocks` and `lstrip_blocks`, the options of transformers.
struct TemplateLexer {
    private let source: [Unicode.Scalar]
    private var position = 0
    private var line = 1
    private var tokens: [TemplateToken] = []
    /// Whether what comes next begins a line.
    private var startsLine = true

    static func tokens(of template: String) throws -> [TemplateToken] {
        var lexer = TemplateLexer(template)
        return try lexer.run()
    }

    /// Line ends become line feeds, and one at the very end is dropped.
    private init(_ template: String) {
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(template.utf8.count)
        var wasReturn = false
        for scalar in template.unicodeScalars {
            if !(wasReturn && scalar == "\n") { scalars.append(scalar == "\r" ? "\n" : scalar) }
            wasReturn = scalar == "\r"
        }
        if scalars.last == "\n" { scalars.removeLast() }
        source = scalars
    }

    private func fault(_ message: String) -> ChatTemplateError { ChatTemplateError(line: line, message: message) }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        position + offset < source.count ? source[position + offset] : nil
    }

    private func isNext(_ text: String) -> Bool {
        source[position...].starts(with: text.unicodeScalars)
    }

    private mutating func advance(_ count: Int) {
        for _ in 0..<count {
            if source[position] == "\n" { line += 1 }
            startsLine = source[position] == "\n"
            position += 1
        }
    }

    private mutating func add(_ kind: TemplateToken.Kind, line: Int? = nil) {
        tokens.append(TemplateToken(kind: kind, line: line ?? self.line))
    }

    private mutating func run() throws -> [TemplateToken] {
        while position < source.count {
            let startedLine = startsLine
            let start = position
            let startLine = line
            while position < source.count, !(peek() == "{" && ["%", "{", "#"].contains(peek(1))) {
                advance(1)
            }
            var text = source[start..<position]
            let sign = position < source.count ? peek(2) : nil
            if position < source.count {
                if sign == "-" {
                    while let last = text.last, last.isPythonSpace { text.removeLast() }
                } else if sign != "+", peek(1) != "{" {
                    stripLineStart(&text, startedLine: startedLine)
                }
            }
            if !text.isEmpty { add(.data(Self.string(text)), line: startLine) }
            if position < source.count { try tag(hasSign: sign == "-" || sign == "+") }
        }
        add(.end)
        return tokens
    }

    /// `lstrip_blocks`: white space between a line's start and a block is dropped.
    private func stripLineStart(_ text: inout ArraySlice<Unicode.Scalar>, startedLine: Bool) {
        let lineStart = text.lastIndex(of: "\n").map { $0 + 1 }
        guard lineStart != nil || startedLine else { return }
        let rest = text[(lineStart ?? text.startIndex)...]
        if rest.allSatisfy(\.isPythonSpace) { text.removeLast(rest.count) }
    }

    private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    private mutating func tag(hasSign: Bool) throws {
        let opening = peek(1)
        advance(hasSign ? 3 : 2)
        switch opening {
        case "#": try skipComment()
        case "{":
            add(.variableBegin)
            try inside(closing: "}}")
            add(.variableEnd)
        default:
            add(.blockBegin)
            try inside(closing: "%}")
            add(.blockEnd)
        }
    }

    private mutating func skipComment() throws {
        let startLine = line
        while !isNext("#}") {
            guard position < source.count else {
                throw ChatTemplateError(line: startLine, message: "a comment {# is not closed")
            }
            advance(1)
        }
        let sign = source[position - 1]
        advance(2)
        afterBlock(sign)
    }

    /// What the end of a block or comment takes along: white space after a minus, otherwise one line feed.
    private mutating func afterBlock(_ sign: Unicode.Scalar?) {
        if sign == "-" {
            while let next = peek(), next.isPythonSpace { advance(1) }
        } else if sign != "+", peek() == "\n" {
            advance(1)
        }
    }

    private static let symbols = [
        "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}",
        ",", ".", ":", "|", ";",
    ]

    /// The tokens up to the end of the tag, which is taken too.
    private mutating func inside(closing: String) throws {
        let startLine = line
        var open: [Unicode.Scalar] = []
        while let next = peek() {
            if open.isEmpty, try end(closing) { return }
            if next.isPythonSpace {
                advance(1)
            } else if next == "'" || next == "\"" {
                try string(next)
            } else if next.properties.isXIDStart || next == "_" {
                let start = position
                while let part = peek(), part.properties.isXIDContinue { advance(1) }
                // Names are looked up again and again.
                guard position - start <= 250 else { throw fault("a name of more than 250 characters") }
                add(.name(Self.string(source[start..<position])))
            } else if ("0"..."9").contains(next) {
                try number()
            } else if let symbol = Self.symbols.first(where: isNext) {
                try balance(symbol, &open)
                add(.symbol(symbol))
                advance(symbol.unicodeScalars.count)
            } else {
                throw fault("'\(next)' cannot stand in a tag")
            }
        }
        throw ChatTemplateError(
            line: startLine, message: "a tag \(closing == "}}" ? "{{" : "{%") is not closed by \(closing)")
    }

    private mutating func end(_ closing: String) throws -> Bool {
        if isNext(closing) {
            advance(2)
            if closing == "%}" { afterBlock(nil) }
            return true
        }
        if isNext("-" + closing) {
            advance(3)
            afterBlock("-")
            return true
        }
        if closing == "%}", isNext("+%}") {
            advance(3)
            return true
        }
        return false
    }

    private func balance(_ symbol: String, _ open: inout [Unicode.Scalar]) throws {
        switch symbol {
        case "(": open.append(")")
        case "[": open.append("]")
        case "{": open.append("}")
        case ")", "]", "}":
            guard let expected = open.popLast() else { throw fault("'\(symbol)' closes nothing") }
            guard String(expected) == symbol else { throw fault("'\(symbol)' stands where '\(expected)' is expected") }
        default: break
        }
    }

    private mutating func number() throws {
        var text = ""
        func digits(_ lexer: inout TemplateLexer) {
            while let next = lexer.peek(), ("0"..."9").contains(next) || next == "_" {
                if next != "_" { text.unicodeScalars.append(next) }
                lexer.advance(1)
            }
        }
        digits(&self)
        var isInteger = true
        if peek() == ".", let next = peek(1), ("0"..."9").contains(next) {
            isInteger = false
            text += "."
            advance(1)
            digits(&self)
        }
        if peek() == "e" || peek() == "E" {
            let sign = peek(1) == "+" || peek(1) == "-" ? 1 : 0
            if let next = peek(1 + sign), ("0"..."9").contains(next) {
                isInteger = false
                text += sign == 1 && peek(1) == "-" ? "e-" : "e"
                advance(1 + sign)
                digits(&self)
            }
        }
        if isInteger {
            guard let number = Int(text) else { throw fault("the number \(text) is too large") }
            add(.integer(number))
        } else {
            guard let number = Double(text) else { throw fault("\(text) is not a number") }
            add(.number(number))
        }
    }

    /// A string with the escapes of Python.
    private mutating func string(_ quote: Unicode.Scalar) throws {
        let startLine = line
        advance(1)
        var text = String.UnicodeScalarView()
        while let next = peek(), next != quote {
            advance(1)
            if next == "\\", let escaped = peek() {
                advance(1)
                try escape(escaped, &text)
            } else {
                text.append(next)
            }
        }
        guard peek() != nil else { throw ChatTemplateError(line: startLine, message: "a string is not closed") }
        advance(1)
        add(.string(String(text)), line: startLine)
    }

    private mutating func escape(_ escaped: Unicode.Scalar, _ text: inout String.UnicodeScalarView) throws {
        switch escaped {
        case "\n": break
        case "\\", "'", "\"": text.append(escaped)
        case "n": text.append("\n")
        case "t": text.append("\t")
        case "r": text.append("\r")
        case "a": text.append("\u{07}")
        case "b": text.append("\u{08}")
        case "f": text.append("\u{0C}")
        case "v": text.append("\u{0B}")
        case "0"..."7":
            var value = escaped.value - 48
            for _ in 0..<2 {
                guard let next = peek(), ("0"..."7").contains(next) else { break }
                value = value * 8 + next.value - 48
                advance(1)
            }
            if let scalar = Unicode.Scalar(value) { text.append(scalar) }
        case "x": try hexadecimal(2, &text)
        case "u": try hexadecimal(4, &text)
        case "U": try hexadecimal(8, &text)
        case "N": throw fault("the escape \\N is not supported")
        default:
            text.append("\\")
            text.append(escaped)
        }
    }

    private mutating func hexadecimal(_ count: Int, _ text: inout String.UnicodeScalarView) throws {
        let digits = source[position..<min(position + count, source.count)]
        guard digits.count == count, digits.allSatisfy(\.properties.isASCIIHexDigit),
            let value = UInt32(Self.string(digits), radix: 16), let scalar = Unicode.Scalar(value)
        else { throw fault("a string has a malformed escape of \(count) hexadecimal digits") }
        advance(count)
        text.append(scalar)
    }
}
