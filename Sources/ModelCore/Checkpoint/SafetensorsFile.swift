import Foundation

/// A safetensors file mapped for reading: its header is checked as a whole before any tensor is read, and tensors are
/// converted straight from the mapping.
///
/// Layout (huggingface/safetensors): 8 bytes with the header's length, little-endian; the header, JSON; the data.
public struct SafetensorsFile: Sendable {
    /// The element types that can be read, all as Float; F32 and BF16 can be written.
    public enum DataType: String, Sendable, CaseIterable {
        case float32 = "F32"
        case float16 = "F16"
        case bfloat16 = "BF16"

        /// Of one element.
        public var byteCount: Int { self == .float32 ? 4 : 2 }
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

    private let file: MappedFile
    private let indices: [String: Int]

    /// Opens a file and checks its header: length, JSON, element types, shapes against byte ranges, overlaps, and that the
    /// file is as long as the header says. Throws ``CheckpointError``.
    public init(path: String) throws {
        let file = try CheckpointError.naming(path) { try MappedFile(path: path) }
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
        let count = try existing(name).count
        return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let base = buffer.baseAddress { try read(name, into: base) }
            initialized = count
        }
    }

    /// Writes the values of a tensor, row-major, to `target`, which has room for them.
    func read(_ name: String, into target: UnsafeMutablePointer<Float>) throws {
        let info = try existing(name)
        guard info.count > 0, let source = file.bytes.baseAddress?.advanced(by: info.bytes.lowerBound) else { return }
        defer { file.release(info.bytes) }
        switch info.dataType {
        case .float32: UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: info.bytes.count)
        case .float16: HalfPrecision.readFloat16(source, count: info.count, into: target)
        case .bfloat16: HalfPrecision.readBFloat16(source, count: info.count, into: target)
        }
    }

    private func existing(_ name: String) throws -> TensorInfo {
        guard let info = info(name) else {
            throw CheckpointError(file: path, tensor: name, message: "there is no such tensor in the file")
        }
        return info
    }
}
