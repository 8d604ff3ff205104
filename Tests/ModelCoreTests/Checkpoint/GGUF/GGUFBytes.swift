/// A GGUF made by hand, byte for byte: what is wrong in it is what the test puts there.
struct GGUFBytes {
    private(set) var bytes: [UInt8] = []

    /// - Parameters: the magic, version and counts with which every file begins.
    init(magic: String = "GGUF", version: UInt32 = 3, tensors: UInt64 = 0, entries: UInt64 = 0) {
        bytes = Array(magic.utf8)
        append(version)
        append(tensors)
        append(entries)
    }

    mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    mutating func append(_ text: String) {
        append(UInt64(text.utf8.count))
        bytes += Array(text.utf8)
    }

    mutating func string(_ key: String, _ value: String) {
        append(key)
        append(UInt32(8))
        append(value)
    }

    mutating func unsigned(_ key: String, _ value: UInt32) {
        append(key)
        append(UInt32(4))
        append(value)
    }

    mutating func strings(_ key: String, _ values: [String]) {
        append(key)
        append(UInt32(9))
        append(UInt32(8))
        append(UInt64(values.count))
        for value in values { append(value) }
    }

    mutating func integers(_ key: String, _ values: [Int32]) {
        append(key)
        append(UInt32(9))
        append(UInt32(5))
        append(UInt64(values.count))
        for value in values { append(value) }
    }

    mutating func tensor(_ name: String, _ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64 = 0) {
        append(name)
        append(UInt32(dimensions.count))
        for size in dimensions { append(size) }
        append(type)
        append(offset)
    }

    /// Pads to the alignment of 32 and adds data.
    mutating func data(_ count: Int) {
        bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32 + count)
    }
}
