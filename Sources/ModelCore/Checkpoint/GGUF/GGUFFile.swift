/// A GGUF file, version 2 or 3, mapped for reading: its header is checked as a whole before any tensor is read.
///
/// Layout (ggml-org/ggml, docs/gguf.md): magic, version, counts; metadata; tensor descriptions; padding; data. Little-endian.
public struct GGUFFile: Sendable {
    public struct TensorInfo: Sendable, Equatable {
        public let name: String
        public let type: GGUFTensorType
        /// Row-major, [out, in] for a weight: the file's own order is the reverse.
        public let shape: [Int]
        /// Where its bytes lie in the file.
        let bytes: Range<Int>

        /// The number of elements.
        public var count: Int { shape.reduce(1, *) }
    }

    public var path: String { file.path }
    /// 2 or 3.
    public let version: Int
    /// By key, such as `general.architecture` or `tokenizer.ggml.tokens`.
    public let metadata: [String: GGUFValue]
    /// In the order of the file.
    public let tensors: [TensorInfo]

    private let file: MappedFile
    private let indices: [String: Int]

    /// Opens a file and checks its header: magic, version, lengths, types, shapes, that no tensor lies over another or beyond the file.
    ///
    /// - Throws: ``CheckpointError`` naming the file, and the tensor where one is at fault.
    public init(path: String) throws {
        let file = try CheckpointError.naming(path) { try MappedFile(path: path) }
        var cursor = GGUFCursor(bytes: file.bytes, path: path)
        version = try Self.version(&cursor)
        let tensorCount = try cursor.count(of: "tensors", minimumBytes: 8 + 4 + 4 + 8)
        let pairCount = try cursor.count(of: "metadata entries", minimumBytes: 8 + 4 + 1)
        var metadata: [String: GGUFValue] = [:]
        for _ in 0..<pairCount {
            let key = try cursor.string("a metadata key")
            guard metadata.updateValue(try cursor.value(of: key), forKey: key) == nil else {
                throw cursor.fault("has the metadata key \(key) twice")
            }
        }
        var described: [Described] = []
        for _ in 0..<tensorCount { described.append(try Self.tensor(&cursor)) }
        let alignment = metadata["general.alignment"].map { $0.integer ?? 0 } ?? 32
        guard alignment > 0, alignment <= 1 << 20, alignment & (alignment - 1) == 0 else {
            throw cursor.fault("general.alignment is not a power of two up to 1 MiB")
        }
        let dataStart = (cursor.offset + alignment - 1) / alignment * alignment
        tensors = try described.map { try $0.placed(dataStart: dataStart, fileSize: file.size, cursor: cursor) }
        try Self.checkOverlaps(tensors, path: path)
        var indices: [String: Int] = [:]
        for (index, tensor) in tensors.enumerated() {
            guard indices.updateValue(index, forKey: tensor.name) == nil else {
                throw CheckpointError(file: path, tensor: tensor.name, message: "is in the file twice")
            }
        }
        self.metadata = metadata
        self.file = file
        self.indices = indices
    }

    /// What the file says about a tensor; nil when it has none of that name.
    public func info(_ name: String) -> TensorInfo? { indices[name].map { tensors[$0] } }

    /// The dequantised values of a tensor, row-major, as llama.cpp computes them.
    ///
    /// - Throws: ``CheckpointError`` when there is no such tensor.
    public func floats(_ name: String) throws -> [Float] {
        guard let info = info(name) else {
            throw CheckpointError(file: path, tensor: name, message: "there is no such tensor in the file")
        }
        return [Float](unsafeUninitializedCapacity: info.count) { buffer, initialized in
            if let base = buffer.baseAddress { read(info, into: base) }
            initialized = info.count
        }
    }

    /// Writes the dequantised values to `target`, which has room for them.
    func read(_ info: TensorInfo, into target: UnsafeMutablePointer<Float>) {
        guard info.count > 0, let source = file.bytes.baseAddress?.advanced(by: info.bytes.lowerBound) else { return }
        let blocks = info.count / info.type.blockSize
        Parallel.ranges(blocks, grain: 1 << 16 / info.type.blockSize) { range in
            GGUFDequantization.read(
                info.type, source + range.lowerBound * info.type.blockBytes, count: range.count * info.type.blockSize,
                into: target + range.lowerBound * info.type.blockSize)
        }
        file.release(info.bytes)
    }
}

extension GGUFFile {
    private static func version(_ cursor: inout GGUFCursor) throws -> Int {
        let magic = try cursor.integer(UInt32.self, "the magic number")
        guard magic == 0x4655_4747 else { throw cursor.fault("does not begin with 'GGUF'; this is not a GGUF file") }
        let version = try cursor.integer(UInt32.self, "the version")
        guard version == 2 || version == 3 else {
            let note = version.byteSwapped <= 3 ? "; it is a big-endian file" : ""
            throw cursor.fault("is GGUF version \(version), and 2 and 3 can be read\(note)")
        }
        return Int(version)
    }

    /// A tensor's description before it is known where the data begins.
    private struct Described {
        let name: String
        let type: GGUFTensorType
        let shape: [Int]
        let offset: UInt64
        let byteCount: Int

        func placed(dataStart: Int, fileSize: Int, cursor: GGUFCursor) throws -> TensorInfo {
            guard offset <= UInt64(fileSize), dataStart + Int(offset) <= fileSize - byteCount else {
                throw CheckpointError(
                    file: cursor.path, tensor: name,
                    message:
                        "its \(byteCount) bytes at \(offset) of the data lie beyond the file, which has \(fileSize)")
            }
            let start = dataStart + Int(offset)
            return TensorInfo(name: name, type: type, shape: shape, bytes: start..<start + byteCount)
        }
    }

    private static func tensor(_ cursor: inout GGUFCursor) throws -> Described {
        let name = try cursor.string("a tensor's name")
        let path = cursor.path
        func fault(_ message: String) -> CheckpointError { CheckpointError(file: path, tensor: name, message: message) }
        let dimensions = try cursor.integer(UInt32.self, "the number of dimensions of \(name)")
        guard (1...4).contains(dimensions) else { throw fault("has \(dimensions) dimensions; GGUF allows 1 to 4") }
        var sizes: [Int] = []
        var count = 1
        for _ in 0..<dimensions {
            let size = try cursor.integer(UInt64.self, "a dimension of \(name)")
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(clamping: size))
            guard size > 0, size <= UInt64(Int.max), !overflow else {
                throw fault("has a dimension of \(size), and with it more elements than can be counted or none")
            }
            sizes.append(Int(size))
            count = product
        }
        let code = try cursor.integer(UInt32.self, "the type of \(name)")
        guard let type = GGUFTensorType(rawValue: code) else {
            let known = GGUFTensorType.allCases.map(\.name).joined(separator: ", ")
            let name = GGUFTensorType.otherNames[code].map { " (\($0))" } ?? ""
            throw fault("is of ggml type \(code)\(name), which cannot be read; \(known) can")
        }
        guard sizes[0].isMultiple(of: type.blockSize) else {
            throw fault("has rows of \(sizes[0]), which are not whole \(type.name) blocks of \(type.blockSize)")
        }
        let (byteCount, overflow) = (count / type.blockSize).multipliedReportingOverflow(by: type.blockBytes)
        guard !overflow else {
            throw fault("its shape \(Array(sizes.reversed())) needs more bytes than can be counted")
        }
        return Described(
            name: name, type: type, shape: sizes.reversed(),
            offset: try cursor.integer(UInt64.self, "the offset of \(name)"), byteCount: byteCount)
    }

    private static func checkOverlaps(_ tensors: [TensorInfo], path: String) throws {
        let sorted = tensors.sorted { $0.bytes.lowerBound < $1.bytes.lowerBound }
        for (first, second) in zip(sorted, sorted.dropFirst()) where second.bytes.lowerBound < first.bytes.upperBound {
            throw CheckpointError(
                file: path, tensor: second.name, message: "its data overlaps that of \(first.name)")
        }
    }
}
