extension TemplateValue {
    /// A value from JSON, with the keys of objects in their order, which templates write.
    ///
    /// - Throws: ``ChatTemplateError`` with the line of the JSON.
    public init(json: String) throws {
        var reader = JSONValueReader(json)
        self = try reader.document()
    }
}

/// Reads JSON; Foundation's readers lose the order of keys.
private struct JSONValueReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    private func fault(_ message: String) -> ChatTemplateError {
        let line = 1 + bytes[..<min(position, bytes.count)].reduce(0) { $0 + ($1 == 10 ? 1 : 0) }
        return ChatTemplateError(line: line, message: "in JSON, \(message)")
    }

    mutating func document() throws -> TemplateValue {
        let value = try value(depth: 0)
        guard next() == nil else { throw fault("something follows the value") }
        return value
    }

    /// The next byte that is no white space.
    private mutating func next() -> UInt8? {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        return position < bytes.count ? bytes[position] : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws -> TemplateValue {
        guard depth < 60 else { throw fault("values are nested more than 60 levels deep") }
        switch next() {
        case UInt8(ascii: "{"):
            position += 1
            var entries: [(key: String, value: TemplateValue)] = []
            while !take("}") {
                if !entries.isEmpty, !take(",") { throw fault("a ',' is missing") }
                guard next() == UInt8(ascii: "\"") else { throw fault("a key is missing") }
                let key = try string()
                guard take(":") else { throw fault("a ':' is missing") }
                entries.append((key, try value(depth: depth + 1)))
            }
            return .object(TemplateObject(entries))
        case UInt8(ascii: "["):
            position += 1
            var items: [TemplateValue] = []
            while !take("]") {
                if !items.isEmpty, !take(",") { throw fault("a ',' is missing") }
                items.append(try value(depth: depth + 1))
            }
            return .list(TemplateList(items))
        case UInt8(ascii: "\""): return .string(try string())
        case nil: throw fault("a value is missing")
        default: return try word()
        }
    }

    private mutating func word() throws -> TemplateValue {
        let start = position
        while position < bytes.count, !",]} \t\r\n".utf8.contains(bytes[position]) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        switch text {
        case "null": return .none
        case "true": return .bool(true)
        case "false": return .bool(false)
        default:
            if let number = Int(text) { return .integer(number) }
            guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let number = Double(text) else {
                throw fault("'\(text.prefix(40))' is no value")
            }
            return .number(number)
        }
    }

    private mutating func string() throws -> String {
        position += 1
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            default: text.append(byte)
            }
        }
        throw fault("a string is not closed")
    }

    private mutating func escape(into text: inout [UInt8]) throws {
        guard position < bytes.count else { throw fault("a string is not closed") }
        let byte = bytes[position]
        position += 1
        let simple: [UInt8: UInt8] = [
            UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "b"): 8,
            UInt8(ascii: "f"): 12, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "\""): 0x22,
        ]
        if let plain = simple[byte] {
            text.append(plain)
        } else if byte == UInt8(ascii: "u") {
            var unit = try hexadecimal()
            if unit >> 10 == 0xD800 >> 10, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let low = try hexadecimal()
                guard low >> 10 == 0xDC00 >> 10 else { throw fault("half a surrogate pair stands alone") }
                unit = 0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw fault("half a surrogate pair stands alone") }
            text += Array(String(scalar).utf8)
        } else {
            throw fault("an escape is not known")
        }
    }

    private mutating func hexadecimal() throws -> UInt32 {
        let digits = bytes[position..<min(position + 4, bytes.count)]
        guard digits.count == 4, !digits.contains(UInt8(ascii: "+")), !digits.contains(UInt8(ascii: "-")),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw fault("an escape \\u needs four digits") }
        position += 4
        return value
    }
}
