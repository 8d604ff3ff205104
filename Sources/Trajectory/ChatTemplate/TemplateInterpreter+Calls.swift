import Foundation

/// The arguments of a call, filter or test, evaluated.
struct TemplateCallArguments {
    var positional: [TemplateValue] = []
    var named: [(name: String, value: TemplateValue)] = []

    /// An argument by its place, or by its name.
    func value(_ place: Int, _ name: String? = nil) -> TemplateValue? {
        if place < positional.count { return positional[place] }
        return named.first { $0.name == name }?.value
    }

    func text(_ place: Int, _ name: String? = nil) -> String? {
        if case .string(let text) = value(place, name) { text } else { nil }
    }

    func integer(_ place: Int, _ name: String? = nil) -> Int? {
        value(place, name).flatMap(TemplateInterpreter.integer)
    }
}

// Global functions, and the methods of strings and mappings.
extension TemplateInterpreter {
    static let globals: Set<String> = ["raise_exception", "strftime_now", "namespace", "range", "dict"]
    static let objectMethods: Set<String> = ["items", "keys", "values", "get"]
    static let stringMethods: Set<String> = [
        "strip", "lstrip", "rstrip", "split", "startswith", "endswith", "upper", "lower", "replace", "join", "find",
        "removeprefix", "removesuffix", "splitlines", "capitalize",
    ]

    mutating func call(
        _ function: TemplateValue, _ arguments: TemplateCallArguments, _ line: Int
    ) throws -> TemplateValue {
        guard case .function(let name, let receiver) = function else {
            let what =
                if case .undefined(let name) = function {
                    "the function '\(name)' is not supported"
                } else { "\(function.kind) cannot be called" }
            throw ChatTemplateError(line: line, message: what)
        }
        switch receiver {
        case .object(let object): return try objectMethod(object, name, arguments, line)
        case .string(let text): return try stringMethod(text, name, arguments, line)
        default: return try global(name, arguments, line)
        }
    }

    private mutating func global(
        _ name: String, _ arguments: TemplateCallArguments, _ line: Int
    ) throws -> TemplateValue {
        switch name {
        case "raise_exception":
            let message = try text(of: arguments.value(0, "message") ?? .none, line: line)
            throw ChatTemplateError(line: line, message: "the template refuses this conversation: \(message)")
        case "strftime_now":
            guard let format = arguments.text(0, "format"), format.utf8.count <= 1000 else {
                throw ChatTemplateError(line: line, message: "strftime_now takes a format of at most 1,000 bytes")
            }
            return .string(Self.strftime(format, now))
        case "namespace":
            guard namespaces.count < 10_000 else {
                throw ChatTemplateError(line: line, message: "more than 10000 namespaces are not supported")
            }
            namespaces.append(
                Dictionary(arguments.named.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last }))
            return .namespace(namespaces.count - 1)
        case "dict": return .object(TemplateObject(arguments.named.map { (key: $0.name, value: $0.value) }))
        default:
            let numbers = arguments.positional.map { Self.integer($0) }
            guard (1...3).contains(numbers.count), numbers.allSatisfy({ $0 != nil }),
                numbers.last != .some(0) || numbers.count < 3
            else {
                throw ChatTemplateError(line: line, message: "range takes one to three integers, the step not zero")
            }
            let whole = numbers.compactMap { $0 }
            let start = whole.count > 1 ? whole[0] : 0
            let end = whole.count > 1 ? whole[1] : whole[0]
            let step = whole.count > 2 ? whole[2] : 1
            // As Jinja's sandbox, which allows no more.
            let values = Array(stride(from: start, to: end, by: step).prefix(100_001))
            guard values.count <= 100_000 else {
                throw ChatTemplateError(line: line, message: "a range of more than 100000 numbers is not allowed")
            }
            try checkItems(values.count, line)
            return .list(of: values.map { .integer($0) })
        }
    }

    private static func strftime(_ format: String, _ date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        localtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 16_384)
        let count = Foundation.strftime(&buffer, buffer.count, format, &parts)
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private mutating func objectMethod(
        _ object: TemplateObject, _ name: String, _ arguments: TemplateCallArguments, _ line: Int
    ) throws -> TemplateValue {
        switch name {
        case "items":
            // Each entry is a list of its own, of two.
            try checkItems(5 * object.entries.count, line)
            return .list(of: object.entries.map { .list(of: [.string($0.key), $0.value]) })
        case "keys":
            try checkItems(object.entries.count, line)
            return .list(of: object.entries.map { .string($0.key) })
        case "values":
            try checkItems(object.entries.count, line)
            return .list(of: object.entries.map(\.value))
        default:
            guard let key = arguments.text(0) else { return arguments.value(1) ?? .none }
            return object[key] ?? arguments.value(1) ?? .none
        }
    }

    private mutating func stringMethod(
        _ text: String, _ name: String, _ arguments: TemplateCallArguments, _ line: Int
    ) throws -> TemplateValue {
        func needed(_ place: Int) throws -> String {
            guard let argument = arguments.text(place) else {
                throw ChatTemplateError(line: line, message: ".\(name)(..) takes a string")
            }
            return argument
        }
        try checkSize(text.utf8.count, line)
        switch name {
        case "strip": return .string(Self.stripped(text, arguments.text(0)))
        case "lstrip": return .string(Self.stripped(text, arguments.text(0), right: false))
        case "rstrip": return .string(Self.stripped(text, arguments.text(0), left: false))
        case "upper": return .string(text.uppercased())
        case "lower": return .string(text.lowercased())
        case "capitalize": return .string(Self.capitalized(text))
        case "startswith", "endswith":
            let options: [TemplateValue] =
                if case .list(let list) = arguments.value(0) { list.items } else { [.string(try needed(0))] }
            try count(line, bytes: options.reduce(0) { $0 + $1.weight })
            return .bool(
                options.contains { option in
                    guard case .string(let part) = option else { return false }
                    return name == "startswith"
                        ? text.utf8.starts(with: part.utf8) : text.utf8.reversed().starts(with: part.utf8.reversed())
                })
        case "removeprefix":
            let prefix = try needed(0)
            return .string(
                text.utf8.starts(with: prefix.utf8)
                    ? String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : text)
        case "removesuffix":
            let suffix = try needed(0)
            return .string(
                text.utf8.reversed().starts(with: suffix.utf8.reversed())
                    ? String(decoding: text.utf8.dropLast(suffix.utf8.count), as: UTF8.self) : text)
        case "split": return try split(text, arguments, line)
        case "splitlines":
            guard
                text.unicodeScalars.allSatisfy({ !["\u{0B}", "\u{0C}", "\u{1C}", "\u{85}", "\u{2028}"].contains($0) })
            else {
                throw ChatTemplateError(line: line, message: ".splitlines() at other than line feeds is not supported")
            }
            try checkItems(text.utf8.count { $0 == 10 }, line)
            var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            if lines.last == "" { lines.removeLast() }
            return .list(of: lines.map { .string($0.utf8.last == 13 ? String($0.unicodeScalars.dropLast()) : $0) })
        case "replace":
            return .string(try replaced(text, try needed(0), try needed(1), arguments.integer(2, "count"), line))
        case "find":
            guard let found = ByteSearch(try needed(0)).first(in: Array(text.utf8)) else { return .integer(-1) }
            return .integer(String(decoding: text.utf8.prefix(found), as: UTF8.self).unicodeScalars.count)
        default: return .string(try joined(try items(of: arguments.value(0) ?? .none, line: line), text, line))
        }
    }

    /// The text without the characters of `set`, or white space, at its ends.
    static func stripped(_ text: String, _ set: String?, left: Bool = true, right: Bool = true) -> String {
        let dropped = set.map { Set($0.unicodeScalars) }
        func isDropped(_ scalar: Unicode.Scalar) -> Bool { dropped?.contains(scalar) ?? scalar.isPythonSpace }
        var scalars = text.unicodeScalars[...]
        if left { while let first = scalars.first, isDropped(first) { scalars.removeFirst() } }
        if right { while let last = scalars.last, isDropped(last) { scalars.removeLast() } }
        return String(scalars)
    }

    static func capitalized(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return text }
        return first.properties.titlecaseMapping + String(text.unicodeScalars.dropFirst()).lowercased()
    }

    private mutating func split(_ text: String, _ arguments: TemplateCallArguments, _ line: Int) throws -> TemplateValue
    {
        let limit = arguments.integer(1, "maxsplit") ?? -1
        guard let separator = arguments.text(0, "sep") else {
            guard limit < 0 else {
                throw ChatTemplateError(line: line, message: ".split(..) at white space with a limit is not supported")
            }
            try checkItems(text.unicodeScalars.count(where: \.isPythonSpace), line)
            return .list(of: text.unicodeScalars.split(whereSeparator: \.isPythonSpace).map { .string(String($0)) })
        }
        guard !separator.isEmpty else { throw ChatTemplateError(line: line, message: ".split(..) at nothing") }
        let (search, bytes) = (ByteSearch(separator), Array(text.utf8))
        try checkItems(search.count(in: bytes, limit: limit), line)
        return .list(of: search.parts(of: bytes, limit: limit).map { .string(String(decoding: $0, as: UTF8.self)) })
    }

    mutating func replaced(
        _ text: String, _ old: String, _ new: String, _ limit: Int?, _ line: Int
    ) throws -> String {
        guard !old.isEmpty else { throw ChatTemplateError(line: line, message: "replacing nothing is not supported") }
        let (search, bytes) = (ByteSearch(old), Array(text.utf8))
        let count = search.count(in: bytes, limit: limit ?? -1)
        try checkSize(text.utf8.count + count * max(new.utf8.count, MemoryLayout<ArraySlice<UInt8>>.size), line)
        let parts = search.parts(of: bytes, limit: limit ?? -1)
        return String(decoding: Array(parts.joined(separator: Array(new.utf8))), as: UTF8.self)
    }

    mutating func joined(_ items: [TemplateValue], _ separator: String, _ line: Int) throws -> String {
        let texts = try items.map { try text(of: $0, line: line) }
        try checkSize(texts.reduce(separator.utf8.count * texts.count) { $0 + $1.utf8.count }, line)
        return texts.joined(separator: separator)
    }
}
