/// Reads one JSON value from bytes (RFC 8259), and the `NaN` and `Infinity` that Python writes.
struct DataValueParser {
    /// Where reading stopped, and why.
    struct Fault: Error, Equatable {
        let message: String
    }

    private static let maximumDepth = 200

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// - Throws: ``Fault``, which does not say where the bytes came from.
    static func parse(_ bytes: ArraySlice<UInt8>) throws(Fault) -> DataValue {
        var parser = DataValueParser(bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.endIndex else { throw parser.unexpected }
        return value
    }

    static func parse(_ text: String) throws(Fault) -> DataValue { try parse(Array(text.utf8)[...]) }

    private mutating func skipSpace() {
        while position < bytes.endIndex {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private var unexpected: Fault {
        guard position < bytes.endIndex else { return Fault(message: "it ends too early") }
        let offset = position - bytes.startIndex + 1
        return Fault(message: "invalid value around byte \(offset)")
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.endIndex, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(Fault) -> DataValue {
        guard depth < Self.maximumDepth else {
            throw Fault(message: "values are nested more than \(Self.maximumDepth) levels deep")
        }
        skipSpace()
        guard position < bytes.endIndex else { throw unexpected }
        switch bytes[position] {
        case UInt8(ascii: "{"):
            position += 1
            var members: [DataValue.Member] = []
            if take(UInt8(ascii: "}")) { return .object([]) }
            repeat {
                skipSpace()
                guard position < bytes.endIndex, bytes[position] == UInt8(ascii: "\"") else { throw unexpected }
                let name = try string()
                guard take(UInt8(ascii: ":")) else { throw unexpected }
                members.append(.init(name: name, value: try value(depth: depth + 1)))
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw unexpected }
            return .object(members)
        case UInt8(ascii: "["):
            position += 1
            var values: [DataValue] = []
            if take(UInt8(ascii: "]")) { return .array([]) }
            repeat { values.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw unexpected }
            return .array(values)
        case UInt8(ascii: "\""): return .string(try string())
        default: return try word()
        }
    }

    private mutating func word() throws(Fault) -> DataValue {
        let start = position
        var end = position
        scan: while end < bytes.endIndex {
            switch bytes[end] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
                end += 1
            default: break scan
            }
        }
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        switch text {
        case "null":
            position = end
            return .null
        case "true":
            position = end
            return .bool(true)
        case "false":
            position = end
            return .bool(false)
        case "NaN", "Infinity", "-Infinity":
            position = end
            return .number(text)
        default:
            let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
            guard let first = digits.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
                text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), Double(text) != nil
            else { throw unexpected }
            position = end
            return .number(text)
        }
    }

    /// A string whose opening quote is at `position`.
    private mutating func string() throws(Fault) -> String {
        position += 1
        let start = position
        // Most strings have no escape: then they are read in one piece.
        while position < bytes.endIndex, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") {
            guard bytes[position] >= 0x20 else { throw unexpected }
            position += 1
        }
        guard position < bytes.endIndex else { throw unexpected }
        if bytes[position] == UInt8(ascii: "\"") {
            position += 1
            return try text(bytes[start..<(position - 1)])
        }
        var buffer = Array(bytes[start..<position])
        while position < bytes.endIndex {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return try text(buffer[...])
            case UInt8(ascii: "\\"): try escape(into: &buffer)
            case 0x20...:
                buffer.append(byte)
                position += 1
            default: throw unexpected
            }
        }
        throw unexpected
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(Fault) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Fault(message: "it is not valid UTF-8; convert the file to UTF-8")
        }
        return text
    }

    private mutating func escape(into buffer: inout [UInt8]) throws(Fault) {
        position += 1
        guard position < bytes.endIndex else { throw unexpected }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "u"):
            var unit = try hexadecimal()
            if unit & 0xFC00 == 0xD800, position + 1 < bytes.endIndex, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let low = try hexadecimal()
                guard low & 0xFC00 == 0xDC00 else { throw Fault(message: "half a surrogate pair stands alone") }
                unit = 0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF)
            }
            guard let scalar = Unicode.Scalar(unit) else {
                throw Fault(message: "half a surrogate pair stands alone")
            }
            buffer.append(contentsOf: UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter)
        default:
            position -= 1
            throw unexpected
        }
    }

    private mutating func hexadecimal() throws(Fault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.endIndex else { throw unexpected }
            switch bytes[position] {
            case let byte where (0x30...0x39).contains(byte): value = value << 4 | UInt32(byte - 0x30)
            case let byte where (0x41...0x46).contains(byte): value = value << 4 | UInt32(byte - 0x41 + 10)
            case let byte where (0x61...0x66).contains(byte): value = value << 4 | UInt32(byte - 0x61 + 10)
            default: throw unexpected
            }
            position += 1
        }
        return value
    }
}
