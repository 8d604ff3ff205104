/// Text that the direct reader or writer leaves to Foundation: wrong, or right and seldom seen.
package struct UnusualJSON: Error {}

/// A message that hot paths read, without the tree that Foundation's decoder builds between text and message.
package protocol DirectlyReadable {
    /// Reads what `init(from:)` would read from the same text, or nothing.
    init(reading reader: inout JSONReader) throws(UnusualJSON)
}

extension DirectlyReadable {
    /// - Returns: nil for text that only the strict way (`JSONSyntax`, then Foundation) can take, or say what is wrong with.
    package static func read(_ bytes: [UInt8]) -> Self? {
        var reader = JSONReader(bytes)
        do throws(UnusualJSON) {
            let message = try Self(reading: &reader)
            try reader.end()
            return message
        } catch {
            return nil
        }
    }
}

/// Reads JSON (RFC 8259) in one pass, each string straight into the message.
///
/// It words no errors, so that there is one place that does: at whatever it does not take, the text is read again the strict way.
package struct JSONReader {
    /// Arrays and objects within one another; far fewer than the strict way allows, which takes over beyond it.
    private static let maximumDepth = 32

    private let bytes: [UInt8]
    private var index = 0
    /// Begun with the whole, which is a value, too.
    private var values = 1

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Calls `member` for each member of an object, before its value.
    mutating func object(
        _ member: (_ key: String, _ reader: inout JSONReader) throws(UnusualJSON) -> Void
    ) throws(UnusualJSON) {
        try expect(UInt8(ascii: "{"))
        if take(UInt8(ascii: "}")) { return }
        repeat {
            let key = try string()
            try expect(UInt8(ascii: ":"))
            try count()
            try member(key, &self)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
    }

    mutating func array<Element>(
        _ element: (_ reader: inout JSONReader) throws(UnusualJSON) -> Element
    ) throws(UnusualJSON) -> [Element] {
        try expect(UInt8(ascii: "["))
        if take(UInt8(ascii: "]")) { return [] }
        var elements: [Element] = []
        repeat {
            try count()
            elements.append(try element(&self))
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
        return elements
    }

    private mutating func count() throws(UnusualJSON) {
        values += 1
        if values > JSONSyntax.maximumValues { throw UnusualJSON() }
    }

    mutating func value(depth: Int = 0) throws(UnusualJSON) -> JSONValue {
        skipWhiteSpace()
        guard index < bytes.count, depth < Self.maximumDepth else { throw UnusualJSON() }
        switch bytes[index] {
        case UInt8(ascii: "{"):
            var members: [String: JSONValue] = [:]
            try object { key, reader throws(UnusualJSON) in
                let value = try reader.value(depth: depth + 1)
                guard members.updateValue(value, forKey: key) == nil else { throw UnusualJSON() }
            }
            return .object(members)
        case UInt8(ascii: "["):
            return .array(try array { reader throws(UnusualJSON) in try reader.value(depth: depth + 1) })
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    /// The text has no more than white space left.
    mutating func end() throws(UnusualJSON) {
        skipWhiteSpace()
        if index < bytes.count { throw UnusualJSON() }
    }

    mutating func string() throws(UnusualJSON) -> String {
        try expect(UInt8(ascii: "\""))
        let start = index
        skipPlainCharacters()
        guard index < bytes.count else { throw UnusualJSON() }
        if bytes[index] == UInt8(ascii: "\"") {
            defer { index += 1 }
            return try Self.text(bytes[start..<index])
        }
        var content = Array(bytes[start..<index])
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                return try Self.text(content[...])
            case UInt8(ascii: "\\"): try escape(into: &content)
            default: throw UnusualJSON()
            }
            let start = index
            skipPlainCharacters()
            content += bytes[start..<index]
        }
        throw UnusualJSON()
    }

    private static func text(_ bytes: ArraySlice<UInt8>) throws(UnusualJSON) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw UnusualJSON() }
        return text
    }

    private mutating func escape(into content: inout [UInt8]) throws(UnusualJSON) {
        guard index + 1 < bytes.count else { throw UnusualJSON() }
        let letter = bytes[index + 1]
        index += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(letter)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if 0xD800..<0xDC00 ~= code {
                guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
                else { throw UnusualJSON() }
                index += 2
                let low = try hexadecimal()
                guard 0xDC00..<0xE000 ~= low else { throw UnusualJSON() }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            // Half a surrogate pair is no scalar.
            guard let scalar = Unicode.Scalar(code) else { throw UnusualJSON() }
            content += UTF8.encode(scalar)!
        default: throw UnusualJSON()
        }
    }

    /// Four hexadecimal digits.
    private mutating func hexadecimal() throws(UnusualJSON) -> UInt32 {
        guard index + 4 <= bytes.count else { throw UnusualJSON() }
        var code: UInt32 = 0
        for byte in bytes[index..<index + 4] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): code = code << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): code = code << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): code = code << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: throw UnusualJSON()
            }
        }
        index += 4
        return code
    }

    private mutating func number() throws(UnusualJSON) -> Double {
        let start = index
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 1 }
        let first = index
        try digits()
        if bytes[first] == UInt8(ascii: "0"), index > first + 1 { throw UnusualJSON() }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
                index += 1
            }
            try digits()
        }
        let text = try Self.text(bytes[start..<index])
        // What a Double holds only nearly or not at all is Foundation's to judge.
        guard let number = Double(text), number.isNormal || text == "0" else { throw UnusualJSON() }
        return number
    }

    private mutating func digits() throws(UnusualJSON) {
        let start = index
        while index < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[index] { index += 1 }
        if index == start { throw UnusualJSON() }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(UnusualJSON) -> JSONValue {
        guard bytes[index...].starts(with: word.description.utf8) else { throw UnusualJSON() }
        index += word.utf8CodeUnitCount
        return value
    }

    private mutating func expect(_ byte: UInt8) throws(UnusualJSON) {
        guard take(byte) else { throw UnusualJSON() }
    }

    /// Takes the next byte besides white space if it is this one.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipWhiteSpace()
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    /// Goes to the next byte that a string cannot hold as it is: a quote, a backslash, a control character.
    private mutating func skipPlainCharacters() { index = Self.endOfPlainCharacters(bytes.span.bytes, from: index) }

    private static func endOfPlainCharacters(_ text: RawSpan, from start: Int) -> Int {
        var index = start
        // Eight bytes at a time. A byte's top bit tells that it is below a limit when a subtraction borrows (Hacker's Delight, section 6-1);
        // a false alarm above a true one is of no matter: the bytes are looked at one by one then.
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        while index + 8 <= text.byteCount {
            let word = text.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            let isQuote = (quotes &- ones) & ~quotes
            let isBackslash = (backslashes &- ones) & ~backslashes
            let isControl = (word &- ones &* 0x20) & ~word
            if (isQuote | isBackslash | isControl) & tops != 0 { break }
            index += 8
        }
        while index < text.byteCount {
            switch text.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self) {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<0x20: return index
            default: index += 1
            }
        }
        return index
    }
}
