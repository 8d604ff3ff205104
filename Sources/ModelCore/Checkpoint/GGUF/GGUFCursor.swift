/// Reads a GGUF's header from its start, and never beyond the file: a length that lies is refused before anything is allocated.
struct GGUFCursor {
    let bytes: UnsafeRawBufferPointer
    let path: String
    private(set) var offset = 0

    /// Arrays in arrays deeper than this are refused.
    private static let maximumDepth = 4

    init(bytes: UnsafeRawBufferPointer, path: String) {
        self.bytes = bytes
        self.path = path
    }

    func fault(_ message: String) -> CheckpointError { CheckpointError(file: path, message: message) }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type, _ what: String) throws -> Value {
        let size = MemoryLayout<Value>.size
        guard bytes.count - offset >= size else {
            throw fault("is truncated: \(what) at byte \(offset) needs \(size) bytes but the file has \(bytes.count)")
        }
        defer { offset += size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// A number of things that need at least `minimumBytes` each and follow in the file.
    mutating func count(of what: String, minimumBytes: Int) throws -> Int {
        let start = offset
        let claimed = try integer(UInt64.self, "the number of \(what)")
        guard claimed <= UInt64((bytes.count - offset) / minimumBytes) else {
            throw fault(
                "claims \(claimed) \(what) at byte \(start), but only \(bytes.count - offset) bytes follow in the file")
        }
        return Int(claimed)
    }

    mutating func string(_ what: String) throws -> String {
        let length = try count(of: "bytes of \(what)", minimumBytes: 1)
        defer { offset += length }
        return String(decoding: bytes[offset..<offset + length], as: UTF8.self)
    }

    mutating func value(of key: String) throws -> GGUFValue {
        try value(try type(of: key), key, depth: 0)
    }

    private mutating func type(of key: String) throws -> GGUFValueType {
        let code = try integer(UInt32.self, "the type of \(key)")
        guard let type = GGUFValueType(rawValue: code) else {
            throw fault("metadata \(key) has the type \(code), which is not one of GGUF's 0 to 12")
        }
        return type
    }

    private mutating func value(_ type: GGUFValueType, _ key: String, depth: Int) throws -> GGUFValue {
        switch type {
        case .float32, .float64: return .float(try float(type, key))
        case .bool: return .bool(try bool(key))
        case .string: return .string(try string(key))
        case .array: return try array(key, depth: depth + 1)
        case .uint64:
            let value = try integer(UInt64.self, key)
            return Int64(exactly: value).map(GGUFValue.integer) ?? .unsigned(value)
        default: return .integer(try signed(type, key))
        }
    }

    private mutating func array(_ key: String, depth: Int) throws -> GGUFValue {
        guard depth <= Self.maximumDepth else { throw fault("metadata \(key) has arrays in arrays too deep to read") }
        let type = try type(of: key)
        let count = try count(of: "elements of \(key)", minimumBytes: type.minimumBytes)
        switch type {
        case .string: return .strings(try list(count) { try $0.string(key) })
        case .float32, .float64: return .floats(try list(count) { try $0.float(type, key) })
        case .bool: return .bools(try list(count) { try $0.bool(key) })
        case .array, .uint64: return .array(try list(count) { try $0.value(type, key, depth: depth) })
        default: return .integers(try list(count) { try $0.signed(type, key) })
        }
    }

    private mutating func list<Element>(
        _ count: Int, _ read: (inout GGUFCursor) throws -> Element
    ) throws -> [Element] {
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try read(&self)) }
        return elements
    }

    private mutating func signed(_ type: GGUFValueType, _ key: String) throws -> Int64 {
        switch type {
        case .uint8: Int64(try integer(UInt8.self, key))
        case .int8: Int64(try integer(Int8.self, key))
        case .uint16: Int64(try integer(UInt16.self, key))
        case .int16: Int64(try integer(Int16.self, key))
        case .uint32: Int64(try integer(UInt32.self, key))
        case .int32: Int64(try integer(Int32.self, key))
        default: try integer(Int64.self, key)
        }
    }

    private mutating func float(_ type: GGUFValueType, _ key: String) throws -> Double {
        type == .float32
            ? Double(Float(bitPattern: try integer(UInt32.self, key)))
            : Double(bitPattern: try integer(UInt64.self, key))
    }

    private mutating func bool(_ key: String) throws -> Bool {
        let byte = try integer(UInt8.self, key)
        guard byte <= 1 else { throw fault("metadata \(key) is a bool of value \(byte)") }
        return byte == 1
    }
}
