import Foundation

extension SafetensorsFile {
    /// A tensor to be written: what stands in the header before any value is known.
    public struct Output: Sendable {
        public let name: String
        public let shape: [Int]
        /// ``DataType/float32`` or ``DataType/bfloat16``.
        public let dataType: DataType

        public init(name: String, shape: [Int], dataType: DataType = .float32) {
            precondition(dataType != .float16, "F16 is not written: its range is too small for trained weights")
            self.name = name
            self.shape = shape
            self.dataType = dataType
        }

        var byteCount: Int { shape.reduce(dataType.byteCount, *) }
    }

    /// Writes tensors in the given order, one in memory at a time, to a temporary name beside `path`; flushes and
    /// renames it, so that `path` is never half a file.
    ///
    /// - Parameter values: the row-major values of a tensor by its name; as many as its shape says. BF16 rounds them to the nearest.
    public static func write(
        _ tensors: [Output], to path: String, metadata: [String: String] = ["format": "pt"],
        values: (String) throws -> [Float]
    ) throws {
        precondition(Set(tensors.map(\.name)).count == tensors.count, "tensor names are distinct")
        let temporary = "\(path).partial-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        do {
            try CheckpointError.naming(path) {
                let file = try OutputFile(path: temporary)
                try header(tensors, metadata: metadata).withUnsafeBytes { try file.write($0) }
                for tensor in tensors {
                    let elements = try values(tensor.name)
                    let count = tensor.shape.reduce(1, *)
                    precondition(elements.count == count, "\(tensor.name) \(tensor.shape) got \(elements.count) values")
                    switch tensor.dataType {
                    case .bfloat16:
                        let halves = elements.map { HalfPrecision.bfloat16(rounding: $0).littleEndian }
                        try halves.withUnsafeBytes { try file.write($0) }
                    case .float32, .float16: try elements.withUnsafeBytes { try file.write($0) }
                    }
                }
                try file.close()
                guard rename(temporary, path) == 0 else { throw FileSystemError.current("cannot be renamed to", path) }
            }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// The length and the JSON, padded with spaces so that the data begins at a multiple of 8 bytes.
    private static func header(_ tensors: [Output], metadata: [String: String]) throws -> Data {
        var entries: [String: Any] = ["__metadata__": metadata]
        var offset = 0
        for tensor in tensors {
            let end = offset + tensor.byteCount
            entries[tensor.name] = [
                "dtype": tensor.dataType.rawValue, "shape": tensor.shape, "data_offsets": [offset, end],
            ]
            offset = end
        }
        var json = try JSONSerialization.data(withJSONObject: entries, options: [.sortedKeys, .withoutEscapingSlashes])
        json.append(contentsOf: [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
        var header = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
        header.append(json)
        return header
    }
}
