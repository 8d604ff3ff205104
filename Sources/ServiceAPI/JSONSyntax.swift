/// Whether bytes are JSON as RFC 8259 has it, and where not.
///
/// Foundation's decoder says neither what is wrong nor where, takes a trailing comma, and recurses as deep as the text does.
struct JSONSyntax {
    /// Arrays and objects within one another; more are refused, so that no text can exhaust a stack.
    static let maximumDepth = 128

    /// Values in one text, all levels together: each takes some tens of bytes of memory however few it has in the text, so that 64 MiB of
    /// `0,0,0` would take gigabytes.
    static let maximumValues = 1 << 21

    private struct Fault: Error {
        let offset: Int
        let message: String
    }

    /// What the grammar allows next, besides white space.
    private enum Expected: String {
        case value = "a value"
        case elementOrEnd = "a value or ]"
        case key = "a key in double quotes"
        case keyOrEnd = "a key in double quotes or }"
        case commaOrBracket = "a comma or ]"
        case commaOrBrace = "a comma or }"
        case nothing = "the end"
    }

    private let bytes: [UInt8]
    private var index = 0
    /// The brackets that are still to come, innermost last.
    private var closers: [UInt8] = []
    private var values = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Returns: nil for JSON, else what is wrong first: `line 1, column 8: expected a value, found the end`. Columns count code points.
    static func fault(in bytes: [UInt8]) -> String? {
        var syntax = JSONSyntax(bytes)
        do throws(Fault) {
            try syntax.document()
            return nil
        } catch {
            let before = bytes[..<error.offset]
            let line = before.count(where: { $0 == UInt8(ascii: "\n") }) + 1
            let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            let column = before[start...].count(where: { $0 & 0xC0 != 0x80 }) + 1
            return "line \(line), column \(column): \(error.message)"
        }
    }

    private mutating func document() throws(Fault) {
        if let offset = Self.invalidUTF8(in: bytes) { throw Fault(offset: offset, message: "the text is not UTF-8") }
        var expected = Expected.value
        while true {
            skipWhiteSpace()
            guard index < bytes.count else {
                if expected == .nothing { return }
                throw unexpected(expected)
            }
            let byte = bytes[index]
            switch expected {
            case .value: expected = try value(expected)
            case .elementOrEnd: expected = byte == UInt8(ascii: "]") ? close() : try value(expected)
            case .keyOrEnd where byte == UInt8(ascii: "}"): expected = close()
            case .key, .keyOrEnd:
                guard byte == UInt8(ascii: "\"") else { throw unexpected(expected) }
                try string()
                skipWhiteSpace()
                guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else { throw unexpected("a colon") }
                index += 1
                expected = .value
            case .commaOrBracket, .commaOrBrace:
                if byte == closers.last {
                    expected = close()
                } else if byte == UInt8(ascii: ",") {
                    index += 1
                    expected = expected == .commaOrBrace ? .key : .value
                } else {
                    throw unexpected(expected)
                }
            case .nothing: throw unexpected(expected)
            }
        }
    }

    /// Reads a scalar, or the opening of an array or object.
    private mutating func value(_ expected: Expected) throws(Fault) -> Expected {
        values += 1
        if values > Self.maximumValues {
            throw Fault(offset: index, message: "there are more than \(Self.maximumValues) values")
        }
        switch bytes[index] {
        case UInt8(ascii: "{"):
            try open(UInt8(ascii: "}"))
            return .keyOrEnd
        case UInt8(ascii: "["):
            try open(UInt8(ascii: "]"))
            return .elementOrEnd
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default:
            guard let word = ["true", "false", "null"].first(where: { bytes[index...].starts(with: $0.utf8) }) else {
                throw unexpected(expected)
            }
            index += word.utf8.count
        }
        return afterValue
    }

    private var afterValue: Expected {
        switch closers.last {
        case nil: .nothing
        case UInt8(ascii: "]"): .commaOrBracket
        default: .commaOrBrace
        }
    }

    private mutating func open(_ closer: UInt8) throws(Fault) {
        guard closers.count < Self.maximumDepth else {
            throw Fault(offset: index, message: "arrays and objects are nested deeper than \(Self.maximumDepth)")
        }
        closers.append(closer)
        index += 1
    }

    private mutating func close() -> Expected {
        closers.removeLast()
        index += 1
        return afterValue
    }

    private mutating func skipWhiteSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    private mutating func number() throws(Fault) {
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        let first = index
        try digits()
        if bytes[first] == UInt8(ascii: "0"), index > first + 1 {
            throw Fault(offset: first, message: "a number must not begin with 0")
        }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[index]) { index += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(Fault) {
        let start = index
        while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) { index += 1 }
        if index == start { throw unexpected("a digit") }
    }

    private mutating func string() throws(Fault) {
        index += 1
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                return
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20:
                throw Fault(offset: index, message: "a control character in a string must be escaped")
            default: index += 1
            }
        }
        throw unexpected("the closing quote of a string")
    }

    private mutating func escape() throws(Fault) {
        let start = index
        guard index + 1 < bytes.count else {
            index += 1
            throw unexpected("the rest of an escape")
        }
        index += 2
        switch bytes[start + 1] {
        case UInt8(ascii: "u"):
            let unit = try hexadecimal(from: start)
            guard 0xD800...0xDFFF ~= unit else { return }
            let loneSurrogate = Fault(offset: start, message: "half a surrogate pair is no character")
            guard unit < 0xDC00, bytes[index...].starts(with: "\\u".utf8) else { throw loneSurrogate }
            index += 2
            guard 0xDC00...0xDFFF ~= (try hexadecimal(from: index - 2)) else { throw loneSurrogate }
        case _ where "\"\\/bfnrt".utf8.contains(bytes[start + 1]): return
        default: throw Fault(offset: start, message: "there is no such escape in JSON")
        }
    }

    /// Four hexadecimal digits.
    private mutating func hexadecimal(from start: Int) throws(Fault) -> UInt16 {
        let text = String(decoding: bytes[index...].prefix(4), as: UTF8.self)
        guard text.utf8.count == 4, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let unit = UInt16(text, radix: 16)
        else { throw Fault(offset: start, message: "\\u needs four hexadecimal digits") }
        index += 4
        return unit
    }

    private func unexpected(_ expected: Expected) -> Fault { unexpected(expected.rawValue) }

    private func unexpected(_ expected: String) -> Fault {
        let rest = String(decoding: bytes[min(index, bytes.count)...].prefix(4), as: UTF8.self)
        let found = rest.unicodeScalars.first.map { $0.isASCII && $0.value < 0x20 ? "a control character" : "\($0)" }
        return Fault(offset: min(index, bytes.count), message: "expected \(expected), found \(found ?? "the end")")
    }

    private static func invalidUTF8(in bytes: [UInt8]) -> Int? {
        do {
            _ = try UTF8Span(validating: bytes.span)
            return nil
        } catch {
            return error.byteOffsets.lowerBound
        }
    }
}
