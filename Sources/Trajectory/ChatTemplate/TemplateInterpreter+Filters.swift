import Foundation

// Filters (`value | name`) and tests (`value is name`).
extension TemplateInterpreter {
    mutating func filter(
        _ value: TemplateValue, _ name: String, _ arguments: TemplateCallArguments, _ line: Int
    ) throws -> TemplateValue {
        func string() throws -> String { try text(of: value, line: line) }
        switch name {
        case "trim", "upper", "lower", "capitalize", "replace":
            let text = try string()
            try checkSize(text.utf8.count, line)
            switch name {
            case "trim": return .string(Self.stripped(text, arguments.text(0, "chars")))
            case "upper": return .string(text.uppercased())
            case "lower": return .string(text.lowercased())
            case "capitalize": return .string(Self.capitalized(text))
            default:
                guard let old = arguments.text(0), let new = arguments.text(1) else {
                    throw ChatTemplateError(line: line, message: "the filter replace takes two strings")
                }
                return .string(try replaced(text, old, new, arguments.integer(2, "count"), line))
            }
        case "string", "safe": return .string(try string())
        case "length", "count": return .integer(try length(value, line))
        case "tojson": return .string(try json(value, arguments, line))
        case "default", "d":
            let fallback = arguments.value(0, "default_value") ?? .string("")
            let isStrict = arguments.value(1, "boolean")?.isTrue ?? false
            if case .undefined = value { return fallback }
            return isStrict && !value.isTrue ? fallback : value
        case "items":
            if case .undefined = value { return .list(of: []) }
            guard case .object = value else {
                throw ChatTemplateError(line: line, message: "the filter items takes a mapping, not \(value.kind)")
            }
            return try call(.function(name: "items", receiver: value), arguments, line)
        case "list": return .list(of: try items(of: value, line: line))
        case "first": return try end(of: value, line, \.first, \.first) ?? .undefined(name: "the first item")
        case "last": return try end(of: value, line, \.last, \.last) ?? .undefined(name: "the last item")
        case "reverse":
            if case .string(let text) = value {
                try checkSize(4 * text.utf8.count, line)
                return .string(String(String.UnicodeScalarView(text.unicodeScalars.reversed())))
            }
            let items = try items(of: value, line: line)
            try checkItems(items.count, line)
            return .list(of: items.reversed())
        case "join":
            let parts = try items(of: value, line: line)
            return .string(try joined(parts, arguments.text(0, "d") ?? "", line))
        case "int", "float", "abs": return try number(value, name, arguments, line)
        case "map", "select", "reject", "selectattr", "rejectattr":
            return try each(try items(of: value, line: line), name, arguments, line)
        default: throw ChatTemplateError(line: line, message: "the filter '\(name)' is not supported")
        }
    }

    /// The item or character at an end of a value; nil where it has none.
    private mutating func end(
        of value: TemplateValue, _ line: Int, _ item: KeyPath<[TemplateValue], TemplateValue?>,
        _ character: KeyPath<String.UnicodeScalarView, Unicode.Scalar?>
    ) throws -> TemplateValue? {
        // A list of all characters would be made for one.
        if case .string(let text) = value { return text.unicodeScalars[keyPath: character].map { .string(String($0)) } }
        return try items(of: value, line: line)[keyPath: item]
    }

    private mutating func length(_ value: TemplateValue, _ line: Int) throws -> Int {
        switch value {
        case .undefined: return 0
        case .string(let text):
            try count(line, bytes: text.utf8.count)
            return text.unicodeScalars.count
        case .list(let list): return list.items.count
        case .object(let object): return object.entries.count
        default: throw ChatTemplateError(line: line, message: "\(value.kind) has no length")
        }
    }

    private mutating func json(_ value: TemplateValue, _ arguments: TemplateCallArguments, _ line: Int) throws -> String
    {
        for (index, name) in ["ensure_ascii", "indent", "separators", "sort_keys"].enumerated() {
            guard name == "ensure_ascii" || name == "separators", let value = arguments.value(index, name),
                value.isTrue
            else { continue }
            guard name == "separators" else {
                throw ChatTemplateError(line: line, message: "tojson with \(name) is not supported")
            }
        }
        var writer = TemplateJSON(indent: arguments.integer(1, "indent"))
        guard (0...100).contains(writer.indent ?? 0) else {
            throw ChatTemplateError(line: line, message: "tojson takes an indent from 0 to 100")
        }
        if case .list(let separators) = arguments.value(2, "separators"), separators.items.count == 2 {
            writer.itemSeparator = try text(of: separators.items[0], line: line)
            writer.keySeparator = try text(of: separators.items[1], line: line)
        }
        try checkSize(value.weight, line)
        writer.sortsKeys = arguments.value(3, "sort_keys")?.isTrue ?? false
        let text: String
        do {
            text = try writer.text(of: value, limit: limits.size)
        } catch .noJSON {
            throw ChatTemplateError(line: line, message: "tojson cannot write \(value.kind), or what is in it")
        } catch .tooLong {
            throw ChatTemplateError(line: line, message: "tojson writes a text larger than \(limits.size)")
        }
        try checkSize(text.utf8.count, line)
        return text
    }

    private mutating func number(
        _ value: TemplateValue, _ name: String, _ arguments: TemplateCallArguments, _ line: Int
    ) throws -> TemplateValue {
        if case .string(let text) = value { try count(line, bytes: text.utf8.count) }
        let parsed: Double? =
            if case .string(let text) = value { Double(Self.stripped(text, nil)) } else { value.double }
        switch name {
        case "abs":
            if let whole = Self.integer(value) { return .integer(whole == .min ? .max : abs(whole)) }
            guard let parsed = value.double else {
                throw ChatTemplateError(line: line, message: "abs takes a number, not \(value.kind)")
            }
            return .number(abs(parsed))
        case "float": return parsed.map { .number($0) } ?? arguments.value(0, "default") ?? .number(0)
        default:
            if let whole = Self.integer(value) { return .integer(whole) }
            if case .string(let text) = value, let whole = Int(Self.stripped(text, nil)) { return .integer(whole) }
            guard let parsed, let whole = Int(exactly: parsed.rounded(.towardZero)) else {
                return arguments.value(0, "default") ?? .integer(0)
            }
            return .integer(whole)
        }
    }

    /// `map`, `select` and their kin.
    private mutating func each(
        _ items: [TemplateValue], _ name: String, _ arguments: TemplateCallArguments, _ line: Int
    ) throws -> TemplateValue {
        try checkItems(items.count, line)
        func member(_ item: TemplateValue, _ path: TemplateValue) throws -> TemplateValue {
            let path = try text(of: path, line: line)
            try count(line, bytes: path.utf8.count)
            var item = item
            for part in path.split(separator: ".") {
                try count(line)
                item = try self.item(item, Int(part).map { .integer($0) } ?? .string(String(part)), line)
            }
            return item
        }
        if name == "map" {
            if let path = arguments.named.first(where: { $0.name == "attribute" })?.value {
                return .list(of: try items.map { try member($0, path) })
            }
            guard let filterName = arguments.text(0) else {
                throw ChatTemplateError(line: line, message: "map takes the name of a filter or attribute=..")
            }
            let rest = TemplateCallArguments(
                positional: Array(arguments.positional.dropFirst()), named: arguments.named)
            return .list(
                of: try items.map { item in
                    try count(line)
                    return try filter(item, filterName, rest, line)
                })
        }
        let takesAttribute = name.hasSuffix("attr")
        var kept: [TemplateValue] = []
        for candidate in items {
            try count(line)
            var value = candidate
            if takesAttribute {
                guard let path = arguments.value(0) else {
                    throw ChatTemplateError(line: line, message: "\(name) takes the name of an attribute")
                }
                value = try member(candidate, path)
            }
            let rest = Array(arguments.positional.dropFirst(takesAttribute ? 1 : 0))
            let holds =
                if case .string(let testName) = rest.first {
                    try test(value, testName, TemplateCallArguments(positional: Array(rest.dropFirst())), line)
                } else { value.isTrue }
            if holds == name.hasPrefix("select") { kept.append(candidate) }
        }
        return .list(of: kept)
    }

    // MARK: Tests

    mutating func test(
        _ value: TemplateValue, _ name: String, _ arguments: TemplateCallArguments, _ line: Int
    ) throws -> Bool {
        let comparisons = [
            "eq": "==", "equalto": "==", "==": "==", "ne": "!=", "!=": "!=", "lt": "<", "lessthan": "<", "<": "<",
            "le": "<=", "<=": "<=", "gt": ">", "greaterthan": ">", ">": ">", "ge": ">=", ">=": ">=", "in": "in",
        ]
        if let symbol = comparisons[name] {
            guard let other = arguments.value(0) else {
                throw ChatTemplateError(line: line, message: "the test '\(name)' takes a value")
            }
            return try holds(value, symbol, other, line)
        }
        switch name {
        case "defined": if case .undefined = value { return false } else { return true }
        case "undefined": if case .undefined = value { return true } else { return false }
        case "none": if case .none = value { return true } else { return false }
        case "string": if case .string = value { return true } else { return false }
        case "mapping": if case .object = value { return true } else { return false }
        case "boolean": if case .bool = value { return true } else { return false }
        case "true": if case .bool(true) = value { return true } else { return false }
        case "false": if case .bool(false) = value { return true } else { return false }
        case "integer": if case .integer = value { return true } else { return false }
        case "float": if case .number = value { return true } else { return false }
        case "number": return value.double != nil
        case "callable": if case .function = value { return true } else { return false }
        case "iterable":
            switch value {
            case .string, .list, .object, .undefined: return true
            default: return false
            }
        case "sequence":
            switch value {
            case .string, .list, .object, .undefined: return true
            default: return false
            }
        case "odd", "even", "divisibleby":
            guard let number = Self.integer(value), let divisor = name == "divisibleby" ? arguments.integer(0) : 2,
                divisor != 0
            else { throw ChatTemplateError(line: line, message: "the test '\(name)' takes integers") }
            // Nothing overflows: what divides by -1 divides by 1.
            let remainder = number % (divisor == -1 ? 1 : divisor)
            return name == "odd" ? remainder != 0 : remainder == 0
        case "sameas":
            guard let other = arguments.value(0) else { return false }
            try count(line, bytes: min(value.weight, other.weight))
            return value.isEqual(to: other) && value.kind == other.kind
        default: throw ChatTemplateError(line: line, message: "the test '\(name)' is not supported")
        }
    }
}
