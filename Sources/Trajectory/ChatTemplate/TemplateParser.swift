/// Makes statements of a template's tokens. Expressions are in TemplateParser+Expressions.swift.
struct TemplateParser {
    private let tokens: [TemplateToken]
    private var position = 0
    /// How deeply statements and expressions are nested here.
    private var depth = 0

    /// Beyond this the template is refused: reading and running it take stack for each level.
    private static let maximumDepth = 80

    static func statements(of template: String) throws -> [TemplateStatement] {
        var parser = TemplateParser(tokens: try TemplateLexer.tokens(of: template))
        let statements = try parser.body(until: [])
        return statements
    }

    private init(tokens: [TemplateToken]) { self.tokens = tokens }

    // MARK: Tokens

    var current: TemplateToken { tokens[position] }
    var line: Int { current.line }

    func fault(_ message: String) -> ChatTemplateError { ChatTemplateError(line: line, message: message) }

    mutating func advance() {
        if position < tokens.count - 1 { position += 1 }
    }

    func isNext(_ symbol: String) -> Bool { current.kind == .symbol(symbol) }

    func isNextName(_ name: String) -> Bool { current.kind == .name(name) }

    mutating func take(_ symbol: String) -> Bool {
        guard isNext(symbol) else { return false }
        advance()
        return true
    }

    mutating func takeName(_ name: String) -> Bool {
        guard isNextName(name) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: String) throws {
        guard take(symbol) else { throw fault("'\(symbol)' is expected and '\(current.text)' found") }
    }

    mutating func expectName() throws -> String {
        guard case .name(let name) = current.kind else { throw fault("a name is expected and '\(current.text)' found") }
        advance()
        return name
    }

    mutating func nested<Result>(_ read: (inout TemplateParser) throws -> Result) throws -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw fault("it is nested more than \(Self.maximumDepth) levels deep, which is not supported")
        }
        return try read(&self)
    }

    // MARK: Statements

    /// Statements up to a tag with one of these names, whose name is the next token then.
    private mutating func body(until ends: [String]) throws -> [TemplateStatement] {
        try nested { try $0.statements(until: ends) }
    }

    private mutating func statements(until ends: [String]) throws -> [TemplateStatement] {
        let startLine = line
        var statements: [TemplateStatement] = []
        while true {
            switch current.kind {
            case .data(let text):
                statements.append(.text(text))
                advance()
            case .variableBegin:
                advance()
                statements.append(.output(try tuple()))
                try expectEnd(.variableEnd)
            case .blockBegin:
                advance()
                guard case .name(let name) = current.kind else {
                    throw fault("a tag's name is expected and '\(current.text)' found")
                }
                if ends.contains(name) { return statements }
                statements.append(try statement(name))
            default:
                guard ends.isEmpty, current.kind == .end else {
                    throw ChatTemplateError(
                        line: startLine,
                        message: "\(ends.last.map { "{% \($0) %}" } ?? "") is missing for what begins here")
                }
                return statements
            }
        }
    }

    private mutating func expectEnd(_ kind: TemplateToken.Kind) throws {
        guard current.kind == kind else {
            throw fault("the tag is expected to end and '\(current.text)' found")
        }
        advance()
    }

    private mutating func statement(_ name: String) throws -> TemplateStatement {
        let start = current
        advance()
        switch name {
        case "if": return try branch()
        case "for": return try loop()
        case "set": return try set()
        case "break", "continue":
            try expectEnd(.blockEnd)
            return name == "break" ? .breakLoop : .continueLoop
        case "generation":
            try expectEnd(.blockEnd)
            let inner = try body(until: ["endgeneration"])
            advance()
            try expectEnd(.blockEnd)
            return .group(inner)
        default:
            throw ChatTemplateError(line: start.line, message: "the tag {% \(name) %} is not supported")
        }
    }

    private mutating func branch() throws -> TemplateStatement {
        var branches: [(condition: TemplateExpression, body: [TemplateStatement])] = []
        var otherwise: [TemplateStatement] = []
        var condition = try tuple()
        while true {
            try expectEnd(.blockEnd)
            branches.append((condition, try body(until: ["elif", "else", "endif"])))
            if takeName("elif") {
                condition = try tuple()
                continue
            }
            if takeName("else") {
                try expectEnd(.blockEnd)
                otherwise = try body(until: ["endif"])
            }
            advance()
            try expectEnd(.blockEnd)
            return .branch(branches, otherwise: otherwise)
        }
    }

    private mutating func loop() throws -> TemplateStatement {
        let target = try target(allowsAttribute: false)
        guard takeName("in") else { throw fault("'in' is expected and '\(current.text)' found") }
        let items = try tuple(allowsChoice: false)
        let filter = takeName("if") ? try expression() : nil
        if isNextName("recursive") { throw fault("a recursive {% for %} is not supported") }
        try expectEnd(.blockEnd)
        let inner = try body(until: ["else", "endfor"])
        var otherwise: [TemplateStatement] = []
        if takeName("else") {
            try expectEnd(.blockEnd)
            otherwise = try body(until: ["endfor"])
        }
        advance()
        try expectEnd(.blockEnd)
        return .loop(
            TemplateLoop(target: target, items: items, filter: filter, body: inner, otherwise: otherwise))
    }

    private mutating func set() throws -> TemplateStatement {
        let target = try target(allowsAttribute: true)
        if take("=") {
            let value = try tuple()
            try expectEnd(.blockEnd)
            return .set(target, value)
        }
        if isNext("|") { throw fault("a filter on {% set %} with a body is not supported") }
        try expectEnd(.blockEnd)
        let inner = try body(until: ["endset"])
        advance()
        try expectEnd(.blockEnd)
        return .capture(target, inner)
    }

    private mutating func target(allowsAttribute: Bool) throws -> TemplateTarget {
        let isParenthesised = take("(")
        let first = try expectName()
        if allowsAttribute, take(".") { return .attribute(try expectName(), of: first) }
        var names = [first]
        while take(",") {
            guard case .name = current.kind, !isNextName("in") else { break }
            names.append(try expectName())
        }
        if isParenthesised { try expect(")") }
        return names.count == 1 ? .name(first) : .names(names)
    }
}
