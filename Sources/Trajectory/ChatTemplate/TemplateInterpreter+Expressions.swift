import Foundation

extension TemplateInterpreter {
    mutating func evaluate(_ expression: TemplateExpression) throws -> TemplateValue {
        let line = expression.line
        try count(line)
        switch expression.kind {
        case .literal(let value): return value
        case .name(let name): return value(of: name)
        case .list(let items): return try checked(.list(of: try evaluated(items)), line)
        case .object(let entries):
            var values: [(key: String, value: TemplateValue)] = []
            for entry in entries {
                guard case .string(let key) = try evaluate(entry.key) else {
                    throw ChatTemplateError(
                        line: line, message: "keys of a mapping other than strings are not supported")
                }
                values.append((key, try evaluate(entry.value)))
            }
            return try checked(.object(TemplateObject(values)), line)
        case .not(let operand): return .bool(!(try evaluate(operand).isTrue))
        case .negated(let operand): return try arithmetic("-", .integer(0), try evaluate(operand), line)
        case .both(let first, let second):
            let value = try evaluate(first)
            return value.isTrue ? try evaluate(second) : value
        case .either(let first, let second):
            let value = try evaluate(first)
            return value.isTrue ? value : try evaluate(second)
        case .choice(let value, let condition, let otherwise):
            if try evaluate(condition).isTrue { return try evaluate(value) }
            return try otherwise.map { try evaluate($0) } ?? .undefined(name: "a value without else")
        case .compare(let first, let rest): return .bool(try compare(first, rest))
        case .arithmetic(let symbol, let first, let second):
            return try arithmetic(symbol, try evaluate(first), try evaluate(second), line)
        case .attribute(let value, let name): return try attribute(try evaluate(value), name, line)
        case .item(let value, let index): return try item(try evaluate(value), try evaluate(index), line)
        case .slice(let value, let start, let end, let step):
            let bounds = try [start, end, step].map { try $0.map { try evaluate($0) } }
            return try slice(try evaluate(value), bounds, line)
        case .call(let callee, let arguments):
            let function = try evaluate(callee)
            return try checked(try call(function, try evaluated(arguments, line), line), line)
        case .filter(let value, let name, let arguments):
            return try checked(try filter(try evaluate(value), name, try evaluated(arguments, line), line), line)
        case .test(let value, let name, let arguments):
            return .bool(try test(try evaluate(value), name, try evaluated(arguments, line), line))
        }
    }

    private mutating func evaluated(_ expressions: [TemplateExpression]) throws -> [TemplateValue] {
        var values: [TemplateValue] = []
        for expression in expressions { values.append(try evaluate(expression)) }
        return values
    }

    /// Texts among the arguments are counted: what is called reads them whole.
    private mutating func evaluated(_ arguments: TemplateArguments, _ line: Int) throws -> TemplateCallArguments {
        var named: [(name: String, value: TemplateValue)] = []
        let positional = try evaluated(arguments.positional)
        for argument in arguments.named { named.append((argument.name, try evaluate(argument.value))) }
        for case .string(let text) in positional + named.map(\.value) { try count(line, bytes: text.utf8.count) }
        return TemplateCallArguments(positional: positional, named: named)
    }

    // MARK: Comparison

    private mutating func compare(
        _ first: TemplateExpression, _ rest: [(symbol: String, operand: TemplateExpression)]
    ) throws -> Bool {
        var left = try evaluate(first)
        for part in rest {
            let right = try evaluate(part.operand)
            guard try holds(left, part.symbol, right, first.line) else { return false }
            left = right
        }
        return true
    }

    mutating func holds(_ left: TemplateValue, _ symbol: String, _ right: TemplateValue, _ line: Int) throws -> Bool {
        try count(line, bytes: min(left.weight, right.weight))
        switch symbol {
        case "==": return left.isEqual(to: right)
        case "!=": return !left.isEqual(to: right)
        case "in": return try contains(right, left, line)
        case "not in": return try !contains(right, left, line)
        default: break
        }
        if case .string(let first) = left, case .string(let second) = right {
            // Python compares code points, and so do the bytes of UTF-8.
            let isLess = first.utf8.lexicographicallyPrecedes(second.utf8)
            let isEqual = first.isSameText(as: second)
            return Self.ordered(symbol, isLess, isEqual)
        }
        guard let first = left.double, let second = right.double else {
            throw ChatTemplateError(line: line, message: "'\(symbol)' cannot compare \(left.kind) with \(right.kind)")
        }
        return Self.ordered(symbol, first < second, first == second)
    }

    private static func ordered(_ symbol: String, _ isLess: Bool, _ isEqual: Bool) -> Bool {
        switch symbol {
        case "<": isLess
        case "<=": isLess || isEqual
        case ">": !isLess && !isEqual
        default: !isLess
        }
    }

    private mutating func contains(_ container: TemplateValue, _ item: TemplateValue, _ line: Int) throws -> Bool {
        switch container {
        case .undefined: return false
        case .list(let list):
            try count(line, bytes: list.items.count << 6 + min(list.weight, item.weight * list.items.count))
            return list.items.contains { $0.isEqual(to: item) }
        case .object(let object):
            guard case .string(let key) = item else { return false }
            try count(line, bytes: key.utf8.count)
            return object[key] != nil
        case .string(let text):
            guard case .string(let part) = item else {
                throw ChatTemplateError(
                    line: line, message: "'in' looks for a string in a string, not for \(item.kind)")
            }
            try count(line, bytes: text.utf8.count)
            return part.isEmpty || ByteSearch(part).first(in: Array(text.utf8)) != nil
        default:
            throw ChatTemplateError(line: line, message: "'in' cannot look into \(container.kind)")
        }
    }

    // MARK: Arithmetic

    mutating func arithmetic(
        _ symbol: String, _ left: TemplateValue, _ right: TemplateValue, _ line: Int
    ) throws -> TemplateValue {
        func fault(_ message: String) -> ChatTemplateError { ChatTemplateError(line: line, message: message) }
        switch (symbol, left, right) {
        case ("~", _, _):
            let joined = try text(of: left, line: line) + text(of: right, line: line)
            try checkSize(joined.utf8.count, line)
            return .string(joined)
        case ("+", .string(let first), .string(let second)):
            try checkSize(first.utf8.count + second.utf8.count, line)
            return .string(first + second)
        case ("+", .list(let first), .list(let second)):
            try checkItems(first.items.count + second.items.count, line)
            return try checked(.list(of: first.items + second.items), line)
        case ("*", .string(let text), .integer(let number)), ("*", .integer(let number), .string(let text)):
            let (size, overflow) = text.utf8.count.multipliedReportingOverflow(by: max(0, number))
            try checkSize(overflow ? .max >> 8 : size, line)
            return .string(text.isEmpty ? "" : String(repeating: text, count: max(0, number)))
        default: break
        }
        if let first = Self.integer(left), let second = Self.integer(right), symbol != "/" {
            if second == 0, symbol == "//" || symbol == "%" { throw fault("a division by zero") }
            return try Self.integerArithmetic(symbol, first, second).map { .integer($0) }
                ?? { throw fault("\(first) \(symbol) \(second) is not an integer of 64 bits") }()
        }
        guard let first = left.double, let second = right.double else {
            throw fault("'\(symbol)' cannot be applied to \(left.kind) and \(right.kind)")
        }
        switch symbol {
        case "+": return .number(first + second)
        case "-": return .number(first - second)
        case "*": return .number(first * second)
        case "**": return .number(pow(first, second))
        default:
            guard second != 0 else { throw fault("a division by zero") }
            if symbol == "/" { return .number(first / second) }
            let quotient = (first / second).rounded(.down)
            return .number(symbol == "//" ? quotient : first - quotient * second)
        }
    }

    static func integer(_ value: TemplateValue) -> Int? {
        switch value {
        case .integer(let number): number
        case .bool(let flag): flag ? 1 : 0
        default: nil
        }
    }

    /// Python's; nil where the result is no 64-bit integer.
    private static func integerArithmetic(_ symbol: String, _ first: Int, _ second: Int) -> Int? {
        func whole(_ result: (partialValue: Int, overflow: Bool)) -> Int? {
            result.overflow ? nil : result.partialValue
        }
        switch symbol {
        case "+": return whole(first.addingReportingOverflow(second))
        case "-": return whole(first.subtractingReportingOverflow(second))
        case "*": return whole(first.multipliedReportingOverflow(by: second))
        case "//", "%":
            guard second != 0, let quotient = whole(first.dividedReportingOverflow(by: second)) else { return nil }
            let remainder = first - quotient * second
            let isBelow = remainder != 0 && (remainder < 0) != (second < 0)
            return symbol == "//" ? quotient - (isBelow ? 1 : 0) : remainder + (isBelow ? second : 0)
        default:
            guard (0...1024).contains(second) else { return nil }
            var result = 1
            for _ in 0..<second {
                guard let next = whole(result.multipliedReportingOverflow(by: first)) else { return nil }
                result = next
            }
            return result
        }
    }

    // MARK: Parts of values

    /// What a `for` goes through.
    mutating func items(of value: TemplateValue, line: Int) throws -> [TemplateValue] {
        switch value {
        case .undefined: return []
        case .list(let list): return list.items
        case .object(let object):
            try checkItems(object.entries.count, line)
            return object.entries.map { .string($0.key) }
        case .string(let text):
            try checkItems(text.utf8.count, line)
            return text.unicodeScalars.map { .string(String($0)) }
        default: throw ChatTemplateError(line: line, message: "\(value.kind) cannot be gone through")
        }
    }

    /// `value.name`: a method of a string or mapping, or a member.
    mutating func attribute(_ value: TemplateValue, _ name: String, _ line: Int) throws -> TemplateValue {
        switch value {
        case .undefined(let unknown):
            throw ChatTemplateError(line: line, message: "'\(unknown)' is undefined and has no '\(name)'")
        case .string where Self.stringMethods.contains(name): return .function(name: name, receiver: value)
        case .object where Self.objectMethods.contains(name): return .function(name: name, receiver: value)
        case .object(let object): return object[name] ?? .undefined(name: name)
        case .namespace(let index): return namespaces[index][name] ?? .undefined(name: name)
        case .list where ["append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse"].contains(name):
            throw ChatTemplateError(line: line, message: "lists cannot be changed: .\(name)(..) is not allowed")
        case .string, .list:
            if ["format", "encode", "index", "count", "title", "zfill", "center"].contains(name) {
                throw ChatTemplateError(line: line, message: "the method .\(name)(..) is not supported")
            }
            return .undefined(name: name)
        default: return .undefined(name: name)
        }
    }

    /// `value[index]`.
    mutating func item(_ value: TemplateValue, _ index: TemplateValue, _ line: Int) throws -> TemplateValue {
        switch (value, index) {
        case (.undefined(let unknown), _):
            throw ChatTemplateError(line: line, message: "'\(unknown)' is undefined and has no items")
        case (.object(let object), .string(let key)):
            try count(line, bytes: key.utf8.count)
            return try object[key] ?? attribute(value, key, line)
        case (.namespace, .string(let key)): return try attribute(value, key, line)
        case (.list(let list), _):
            guard let index = Self.integer(index) else { return .undefined(name: "an item") }
            let place = index < 0 ? index + list.items.count : index
            return list.items.indices.contains(place) ? list.items[place] : .undefined(name: "item \(index)")
        case (.string(let text), _):
            guard let index = Self.integer(index) else { return .undefined(name: "a character") }
            try count(line, bytes: text.utf8.count)
            let scalars = text.unicodeScalars
            let place = index < 0 ? index + scalars.count : index
            guard place >= 0, place < scalars.count else { return .undefined(name: "character \(index)") }
            return .string(String(scalars[scalars.index(scalars.startIndex, offsetBy: place)]))
        default: return .undefined(name: "an item of \(value.kind)")
        }
    }

    /// `value[start:end:step]`, with Python's rules.
    private mutating func slice(
        _ value: TemplateValue, _ bounds: [TemplateValue?], _ line: Int
    ) throws -> TemplateValue {
        let numbers = try bounds.map { bound -> Int? in
            guard let bound, !bound.isEqual(to: .none) else { return nil }
            guard let number = Self.integer(bound) else {
                throw ChatTemplateError(line: line, message: "\(bound.kind) cannot be the bound of a slice")
            }
            return number
        }
        let step = numbers[2] ?? 1
        guard step != 0 else { throw ChatTemplateError(line: line, message: "the step of a slice is zero") }
        switch value {
        case .list(let list):
            try checkItems(list.items.count, line)
            return .list(of: Self.places(numbers, step, list.items.count).map { list.items[$0] })
        case .string(let text):
            try checkSize(text.utf8.count, line)
            let scalars = Array(text.unicodeScalars)
            var result = String.UnicodeScalarView()
            for place in Self.places(numbers, step, scalars.count) { result.append(scalars[place]) }
            return .string(String(result))
        default: throw ChatTemplateError(line: line, message: "\(value.kind) has no slices")
        }
    }

    private static func places(_ bounds: [Int?], _ step: Int, _ count: Int) -> [Int] {
        func clamped(_ bound: Int?, _ fallback: Int, _ lowest: Int, _ highest: Int) -> Int {
            guard let bound else { return fallback }
            // A bound below zero counts from the end; the sum cannot overflow then.
            return min(max(bound < 0 ? bound + count : bound, lowest), highest)
        }
        guard step > 0 else {
            let start = clamped(bounds[0], count - 1, -1, count - 1)
            return Array(stride(from: start, to: clamped(bounds[1], -1, -1, count - 1), by: max(step, -count - 1)))
        }
        return Array(
            stride(
                from: clamped(bounds[0], 0, 0, count), to: clamped(bounds[1], count, 0, count), by: min(step, count + 1)
            ))
    }

    /// Python's `str(x)`, as far as templates write it.
    func text(of value: TemplateValue, line: Int) throws -> String {
        switch value {
        case .undefined: return ""
        case .none: return "None"
        case .bool(let flag): return flag ? "True" : "False"
        case .integer(let number): return String(number)
        case .number(let number): return TemplateJSON.text(of: number, infinity: "inf", notANumber: "nan")
        case .string(let text): return text
        default:
            throw ChatTemplateError(
                line: line, message: "writing \(value.kind) as text is not supported; the filter tojson is")
        }
    }
}
