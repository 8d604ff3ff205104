import TestSupport

/// Makes templates that are well-formed as far as the lexer sees, from every construct, to reach deeper than damaged text does.
struct TemplateGrammar {
    var random: SeededGenerator

    init(_ random: SeededGenerator) { self.random = random }

    mutating func template() -> String { body(depth: Int.random(in: 1...3, using: &random)) }

    private mutating func chance(_ outOf: Int) -> Bool { Int.random(in: 0..<outOf, using: &random) == 0 }

    private mutating func one(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }

    private mutating func body(depth: Int) -> String {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in statement(depth: depth) }.joined()
    }

    private mutating func statement(depth: Int) -> String {
        let (open, close) = (one(["{%", "{%-", "{%+"]), one(["%}", "-%}", "+%}"]))
        func tag(_ text: String) -> String { "\(open) \(text) \(close)" }
        guard depth > 0 else { return one(["a", " \n ", "<|im_end|>\n", "{{ \(expression(2)) }}"]) }
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            return tag("if \(expression(3))") + body(depth: depth - 1) + tag(one(["else", "elif x"]))
                + body(depth: depth - 1) + tag("endif")
        case 1, 2:
            let filter = chance(3) ? " if \(expression(2))" : ""
            let other = chance(4) ? tag("else") + body(depth: depth - 1) : ""
            return tag("for \(one(["m", "m, k", "x"])) in \(iterable())\(filter)") + body(depth: depth - 1)
                + (chance(5) ? tag(one(["break", "continue"])) : "") + other + tag("endfor")
        case 3: return tag("set \(name()) = \(expression(3))")
        case 4: return tag("set n = namespace(x=\(expression(2)))") + tag("set n.x = \(expression(3))")
        case 5: return tag("set \(name())") + body(depth: depth - 1) + tag("endset")
        case 6: return tag("generation") + body(depth: depth - 1) + tag("endgeneration")
        case 7: return "{# \(name()) #}" + body(depth: depth - 1)
        default: return one(["{{ ", "{{- "]) + expression(4) + one([" }}", " -}}"])
        }
    }

    private mutating func name() -> String { one(["x", "y", "m", "k", "n", "messages", "loop", "tools"]) }

    private mutating func iterable() -> String {
        one([
            "messages", "messages[1:]", "range(\(Int.random(in: 0...30, using: &random)))", "x", "[1, 'b', none]",
            "{'a': 1}",
            "{'a': 1, 'b': [2]}.items()", "'héllo'", "messages | reverse", expression(2),
        ])
    }

    private mutating func literal() -> String {
        one([
            "0", "1", "-1", "7", "1000000", "9223372036854775807", "1.5", "1e308", "'a'", "''", "' a\\n '", "\"é𝔘\"",
            "'a,b'", "none",
            "true", "false", "[]", "[1, 2]", "{}", "{'a': {'b': 1}}", "'\\x41'", "undefined_name", "messages",
            "messages[0]",
            "messages[0].content", "messages[-1]['content']", "n.x", "loop.index", "loop.previtem", "loop", "now", "x",
            "m",
        ])
    }

    private mutating func expression(_ depth: Int) -> String {
        guard depth > 0, !chance(3) else { return literal() }
        let operand = expression(depth - 1)
        switch Int.random(in: 0..<12, using: &random) {
        case 0:
            let symbol = one([
                "+", "-", "*", "/", "//", "%", "**", "~", "and", "or", "==", "!=", "<", ">=", "in", "not in",
            ])
            return "(\(operand) \(symbol) \(expression(depth - 1)))"
        case 1: return one(["not ", "-", "+"]) + operand
        case 2: return "(\(operand) if \(expression(depth - 1)) else \(expression(depth - 1)))"
        case 3: return "\(operand)[\(expression(depth - 1))]"
        case 4:
            let bounds = [expression(1), "", expression(1)].map { chance(2) ? "" : $0 }
            return "\(operand)[\(bounds.joined(separator: ":"))]"
        case 5: return "\(operand).\(one(["role", "content", "items()", "keys()", "get('a', 1)", "x", "0"]))"
        case 6: return "(\(operand)).\(method(depth))"
        case 7, 8: return "(\(operand)) | \(filter(depth))"
        case 9: return "(\(operand)) is \(one(["", "not "]))\(test(depth))"
        case 10: return "[\(operand), \(expression(depth - 1))]"
        default:
            return one([
                "range(\(operand))", "namespace(a=\(operand))", "dict(a=\(operand))", "strftime_now(\(operand))",
                "{'k': \(operand)}", "raise_exception(\(operand))",
            ])
        }
    }

    private mutating func method(_ depth: Int) -> String {
        let argument = expression(depth - 1)
        return one([
            "strip()", "lstrip(\(argument))", "rstrip('\\n')", "split(\(argument))", "split('a', \(argument))",
            "startswith(\(argument))",
            "endswith([\(argument), 'a'])", "upper()", "lower()", "replace('a', \(argument))",
            "replace(\(argument), 'b', 1)",
            "join(\(argument))", "find(\(argument))", "removeprefix(\(argument))", "removesuffix(\(argument))",
            "splitlines()",
            "capitalize()", "append(1)", "format(1)",
        ])
    }

    private mutating func filter(_ depth: Int) -> String {
        let argument = expression(depth - 1)
        return one([
            "trim", "upper", "lower", "capitalize", "replace(\(argument), 'b')", "string", "safe", "length", "tojson",
            "tojson(indent=\(argument))", "tojson(separators=(\(argument), ':'))", "tojson(sort_keys=true)",
            "default(\(argument))",
            "default('x', true)", "items", "list", "first", "last", "reverse", "join(\(argument))", "int",
            "int(\(argument))", "float",
            "abs", "map('upper')", "map(attribute=\(argument))", "map(\(argument))", "select", "select('string')",
            "reject(\(argument))", "selectattr('role', 'eq', \(argument))", "rejectattr('content')", "wordwrap",
        ])
    }

    private mutating func test(_ depth: Int) -> String {
        let argument = expression(depth - 1)
        return one([
            "defined", "undefined", "none", "string", "mapping", "boolean", "true", "false", "integer", "float",
            "number", "callable",
            "iterable", "sequence", "odd", "even", "divisibleby(\(argument))", "sameas(\(argument))", "eq(\(argument))",
            "in(\(argument))", "gt(\(argument))", "prime",
        ])
    }
}
