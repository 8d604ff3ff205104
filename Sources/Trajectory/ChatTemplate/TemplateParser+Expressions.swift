// Expressions, from what binds weakest to what binds strongest, as in Jinja's own parser.
extension TemplateParser {
    /// An expression, or several with commas between, which are a list here.
    mutating func tuple(allowsChoice: Bool = true) throws -> TemplateExpression {
        let start = line
        let first = try allowsChoice ? expression() : nested { try $0.either() }
        guard isNext(",") else { return first }
        var items = [first]
        while take(",") {
            guard startsExpression else { break }
            items.append(try allowsChoice ? expression() : nested { try $0.either() })
        }
        return try make(.list(items), line: start)
    }

    private var startsExpression: Bool {
        switch current.kind {
        case .name, .string, .integer, .number: true
        case .symbol(let symbol): ["(", "[", "{", "-", "+"].contains(symbol)
        default: false
        }
    }

    mutating func expression() throws -> TemplateExpression {
        try nested { try $0.choice() }
    }

    private mutating func choice() throws -> TemplateExpression {
        let start = line
        var value = try either()
        while takeName("if") {
            let condition = try either()
            let otherwise = takeName("else") ? try expression() : nil
            value = try make(.choice(value, condition: condition, otherwise: otherwise), line: start)
        }
        return value
    }

    private mutating func either() throws -> TemplateExpression {
        let start = line
        return try chain({ try $0.both() }, next: { $0.takeName("or") ? "or" : nil }) {
            try $0.make(.either($2, $3), line: start)
        }
    }

    private mutating func both() throws -> TemplateExpression {
        let start = line
        return try chain({ try $0.not() }, next: { $0.takeName("and") ? "and" : nil }) {
            try $0.make(.both($2, $3), line: start)
        }
    }

    /// Operands with operators between, grouped from the left. A long chain counts as nesting: it is evaluated so.
    private mutating func chain(
        _ operand: (inout TemplateParser) throws -> TemplateExpression, next: (inout TemplateParser) -> String?,
        _ combine: (TemplateParser, String, TemplateExpression, TemplateExpression) throws -> TemplateExpression
    ) throws -> TemplateExpression {
        var value = try operand(&self)
        var length = 0
        while let name = next(&self) {
            length += 1
            try checkChain(length)
            let right = try operand(&self)
            value = try combine(self, name, value, right)
        }
        return value
    }

    /// An expression of parts; refused where it is too high for the stack.
    private func make(_ kind: TemplateExpression.Kind, line: Int) throws -> TemplateExpression {
        let expression = TemplateExpression(kind: kind, line: line)
        guard expression.height <= 250 else { throw fault("an expression of more than 250 levels is not supported") }
        return expression
    }

    private func checkChain(_ length: Int) throws {
        guard length <= 200 else { throw fault("an expression of more than 200 parts is not supported") }
    }

    private mutating func not() throws -> TemplateExpression {
        let start = line
        guard takeName("not") else { return try comparison() }
        return try make(.not(try nested { try $0.not() }), line: start)
    }

    private mutating func comparison() throws -> TemplateExpression {
        let start = line
        let first = try sum()
        var rest: [(symbol: String, operand: TemplateExpression)] = []
        while let name = comparisonOperator() { rest.append((name, try sum())) }
        return rest.isEmpty ? first : try make(.compare(first, rest), line: start)
    }

    private mutating func comparisonOperator() -> String? {
        for symbol in ["==", "!=", "<=", ">=", "<", ">"] where take(symbol) { return symbol }
        if takeName("in") { return "in" }
        if isNextName("not"), isFollowedByIn {
            advance()
            advance()
            return "not in"
        }
        return nil
    }

    private var isFollowedByIn: Bool {
        var ahead = self
        ahead.advance()
        return ahead.isNextName("in")
    }

    private mutating func sum() throws -> TemplateExpression {
        try arithmetic(["+", "-"]) { try $0.concatenation() }
    }

    private mutating func concatenation() throws -> TemplateExpression {
        try arithmetic(["~"]) { try $0.product() }
    }

    private mutating func product() throws -> TemplateExpression {
        try arithmetic(["*", "//", "/", "%"]) { try $0.power() }
    }

    private mutating func power() throws -> TemplateExpression {
        try arithmetic(["**"]) { try $0.signed() }
    }

    private mutating func arithmetic(
        _ symbols: [String], _ operand: (inout TemplateParser) throws -> TemplateExpression
    ) throws -> TemplateExpression {
        let start = line
        return try chain(operand, next: { parser in symbols.first { parser.take($0) } }) {
            try $0.make(.arithmetic($1, $2, $3), line: start)
        }
    }

    private mutating func signed(filtered: Bool = true) throws -> TemplateExpression {
        let start = line
        var value: TemplateExpression
        if take("-") {
            value = try make(.negated(try nested { try $0.signed(filtered: false) }), line: start)
        } else if take("+") {
            value = try nested { try $0.signed(filtered: false) }
        } else {
            value = try primary()
        }
        value = try postfix(value)
        return filtered ? try filters(value) : value
    }

    // MARK: Operands

    private mutating func primary() throws -> TemplateExpression {
        let token = current
        func literal(_ value: TemplateValue) -> TemplateExpression {
            TemplateExpression(kind: .literal(value), line: token.line)
        }
        switch token.kind {
        case .name(let name):
            advance()
            switch name {
            case "true", "True": return literal(.bool(true))
            case "false", "False": return literal(.bool(false))
            case "none", "None": return literal(.none)
            default: return try make(.name(name), line: token.line)
            }
        case .string(var text):
            advance()
            while case .string(let more) = current.kind {
                text += more
                advance()
            }
            return literal(.string(text))
        case .integer(let number):
            advance()
            return literal(.integer(number))
        case .number(let number):
            advance()
            return literal(.number(number))
        case .symbol("("):
            advance()
            if take(")") { return try make(.list([]), line: token.line) }
            let inner = try nested { try $0.tuple() }
            try expect(")")
            return inner
        case .symbol("["):
            advance()
            let items = try items(until: "]") { try $0.expression() }
            return try make(.list(items), line: token.line)
        case .symbol("{"):
            advance()
            let entries = try items(until: "}") { parser in
                let key = try parser.expression()
                try parser.expect(":")
                return (key: key, value: try parser.expression())
            }
            return try make(.object(entries), line: token.line)
        default:
            throw fault("a value is expected and '\(token.text)' found")
        }
    }

    private mutating func items<Item>(
        until end: String, _ item: (inout TemplateParser) throws -> Item
    ) throws -> [Item] {
        var items: [Item] = []
        while !take(end) {
            if !items.isEmpty {
                try expect(",")
                if take(end) { break }
            }
            items.append(try item(&self))
        }
        return items
    }

    private mutating func postfix(_ value: TemplateExpression) throws -> TemplateExpression {
        var value = value
        var length = 0
        while true {
            length += 1
            try checkChain(length)
            let start = line
            if take(".") {
                if case .integer(let index) = current.kind {
                    advance()
                    let index = try make(.literal(.integer(index)), line: start)
                    value = try make(.item(value, index), line: start)
                } else {
                    value = try make(.attribute(value, try expectName()), line: start)
                }
            } else if take("[") {
                value = try make(try subscripted(value), line: start)
            } else if isNext("(") {
                value = try make(.call(value, try arguments()), line: start)
            } else {
                return value
            }
        }
    }

    private mutating func subscripted(_ value: TemplateExpression) throws -> TemplateExpression.Kind {
        var bounds: [TemplateExpression?] = [nil]
        var isSlice = false
        while !take("]") {
            if take(":") {
                isSlice = true
                bounds.append(nil)
            } else {
                bounds[bounds.count - 1] = try expression()
                guard isNext(":") || isNext("]") else { throw fault("']' is expected and '\(current.text)' found") }
            }
        }
        guard bounds.count <= 3 else { throw fault("a slice has at most three parts") }
        if isSlice { return .slice(value, bounds[0], bounds[1], bounds.count > 2 ? bounds[2] : nil) }
        guard let index = bounds[0] else { throw fault("an index is missing between '[' and ']'") }
        return .item(value, index)
    }

    private mutating func arguments() throws -> TemplateArguments {
        try expect("(")
        var arguments = TemplateArguments()
        _ = try items(until: ")") { parser in
            if parser.isNext("*") || parser.isNext("**") { throw parser.fault("arguments with * are not supported") }
            if case .name(let name) = parser.current.kind {
                var ahead = parser
                ahead.advance()
                if ahead.take("=") {
                    parser = ahead
                    arguments.named.append((name, try parser.expression()))
                    return
                }
            }
            guard arguments.named.isEmpty else {
                throw parser.fault("an argument without a name follows one with a name")
            }
            arguments.positional.append(try parser.expression())
        }
        return arguments
    }

    private mutating func filters(_ value: TemplateExpression) throws -> TemplateExpression {
        var value = value
        var length = 0
        while true {
            length += 1
            try checkChain(length)
            let start = line
            if take("|") {
                let name = try expectName()
                let arguments = isNext("(") ? try arguments() : TemplateArguments()
                value = try make(.filter(value, name, arguments), line: start)
            } else if takeName("is") {
                let isNegated = takeName("not")
                let name = try expectName()
                let test = try make(.test(value, name, try testArguments()), line: start)
                value = isNegated ? try make(.not(test), line: start) : test
            } else if isNext("(") {
                value = try make(.call(value, try arguments()), line: start)
            } else {
                return value
            }
        }
    }

    /// A test takes its arguments in parentheses, or one without.
    private mutating func testArguments() throws -> TemplateArguments {
        if isNext("(") { return try arguments() }
        guard startsExpression, !isNext("-"), !isNext("+") else { return TemplateArguments() }
        if case .name(let name) = current.kind {
            if ["else", "or", "and", "if", "in", "not"].contains(name) { return TemplateArguments() }
            if name == "is" { throw fault("tests cannot follow one another; put the first in parentheses") }
        }
        return TemplateArguments(positional: [try postfix(try primary())])
    }
}
