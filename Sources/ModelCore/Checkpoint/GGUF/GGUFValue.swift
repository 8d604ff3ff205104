/// A value of a GGUF's metadata. Integers of all widths are one case, floats of both another.
public enum GGUFValue: Sendable, Equatable {
    case integer(Int64)
    /// An integer that Int64 does not hold.
    case unsigned(UInt64)
    case float(Double)
    case bool(Bool)
    case string(String)
    case strings([String])
    case integers([Int64])
    case floats([Double])
    case bools([Bool])
    /// Arrays of arrays, and of 64-bit integers that Int64 does not hold.
    case array([GGUFValue])

    public var integer: Int? {
        if case .integer(let value) = self { Int(value) } else { nil }
    }

    /// Also of an integer.
    public var float: Double? {
        switch self {
        case .float(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var strings: [String]? {
        if case .strings(let values) = self { values } else { nil }
    }

    public var integers: [Int]? {
        if case .integers(let values) = self { values.map(Int.init) } else { nil }
    }

    public var floats: [Double]? {
        switch self {
        case .floats(let values): values
        case .integers(let values): values.map(Double.init)
        default: nil
        }
    }
}

/// The types of metadata values, as the file numbers them (ggml-org/ggml, docs/gguf.md).
enum GGUFValueType: UInt32 {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// The bytes that a value has at least.
    var minimumBytes: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64, .string: 8
        case .array: 12
        }
    }
}
