import Foundation

/// A safetensors file opened for reading: its header is checked as a whole before any tensor is read, and tensors are
/// read in chunks straight from the file.
///
/// Layout (huggingface/safetensors): 8 bytes with the header's length, little-endian; the header, JSON; the data.
public struct SafetensorsFile: Sendable {
    /// The element types that can be read, all as Float.
    public enum DataType: String, Sendable, CaseIterable {
        case float32 = "F32"
        case float16 = "F16"
        case bfloat16 = "BF16"

        var byteCount: Int { self == .float32 ? 4 : 2 }
    }

    public struct TensorInfo: Sendable, Equatable {
        public let name: String
        public let dataType: DataType
        public let shape: [Int]
        /// Where its bytes lie in the file.
        let bytes: Range<Int>

        /// The number of elements.
        public var count: Int { shape.reduce(1, *) }
    }

    public var path: String { file.path }
    /// In the order of their data.
    public let tensors: [TensorInfo]
    /// The `__metadata__` of the header; empty where there is none.
    public let metadata: [String: String]

    private let file: InputFile
    private let indices: [String: Int]

    /// Opens a file and checks its header: length, JSON, element types, shapes against byte ranges, overlaps, and that the
    /// file is as long as the header says. Throws ``CheckpointError``.
    public init(path: String) throws {
        let file = try CheckpointError.naming(path) { try InputFile(path: path) }
        let header = try SafetensorsHeader(reading: file)
        self.file = file
        tensors = header.tensors
        metadata = header.metadata
        indices = Dictionary(uniqueKeysWithValues: header.tensors.enumerated().map { ($0.element.name, $0.offset) })
    }

    /// What the file says about a tensor; nil when it has none of that name.
    public func info(_ name: String) -> TensorInfo? {
        indices[name].map { tensors[$0] }
    }

    /// The values of a tensor, row-major. Throws ``CheckpointError`` when there is no such tensor or it cannot be read.
    public func floats(_ name: String) throws -> [Float] {
        guard let info = info(name) else {
            throw CheckpointError(file: path, tensor: name, message: "there is no such tensor in the file")
        }
        return try CheckpointError.naming(path, tensor: name) {
            switch info.dataType {
            case .float32: try readFloat32(info)
            case .float16: try readHalves(info) { Float(Float16(bitPattern: $0)) }
            case .bfloat16: try readHalves(info) { Float(bitPattern: UInt32($0) << 16) }
            }
        }
    }

    private func readFloat32(_ info: TensorInfo) throws -> [Float] {
        try [Float](unsafeUninitializedCapacity: info.count) { buffer, count in
            try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: info.bytes.lowerBound)
            count = info.count
        }
    }

    private func readHalves(_ info: TensorInfo, _ convert: (UInt16) -> Float) throws -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(info.count)
        var chunk = [UInt16](repeating: 0, count: min(info.count, 1 << 18))
        while values.count < info.count {
            let length = min(chunk.count, info.count - values.count)
            try chunk.withUnsafeMutableBytes { buffer in
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(length * 2)])
                try file.read(into: part, at: info.bytes.lowerBound + values.count * 2)
            }
            for element in chunk[..<length] {
                values.append(convert(UInt16(littleEndian: element)))
            }
        }
        return values
    }
}
