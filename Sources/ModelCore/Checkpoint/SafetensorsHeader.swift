import Foundation

/// The checked header of a safetensors file.
struct SafetensorsHeader {
    /// The limit of the reference implementation; a longer header is a wrong file or an attack.
    static let maximumBytes = 100_000_000

    let tensors: [SafetensorsFile.TensorInfo]
    let metadata: [String: String]

    init(reading file: MappedFile) throws {
        let path = file.path
        guard file.size >= 8 else {
            throw CheckpointError(
                file: path, message: "has \(file.size) bytes; a safetensors file begins with 8 bytes of header length")
        }
        let length = UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(Self.maximumBytes) else {
            throw CheckpointError(
                file: path,
                message: "its header claims \(length) bytes, above the \(Self.maximumBytes) allowed; "
                    + "this is not a safetensors file")
        }
        let dataStart = 8 + Int(length)
        guard dataStart <= file.size else {
            throw CheckpointError(
                file: path, message: "is truncated: its header needs \(dataStart) bytes but the file has \(file.size)")
        }
        let object: Any
        do {
            object = try JSONSerialization.jsonObject(with: Data(file.bytes[8..<dataStart]))
        } catch {
            throw CheckpointError(file: path, message: "its header is not valid JSON: \(FileSystem.reason(error))")
        }
        guard var entries = object as? [String: Any] else {
            throw CheckpointError(file: path, message: "its header is not a JSON object")
        }
        metadata = try Self.metadata(entries.removeValue(forKey: "__metadata__"), path: path)
        tensors = try entries.map { try Self.tensor($0.key, $0.value, dataStart: dataStart, path: path) }
            .sorted {
                ($0.bytes.lowerBound, $0.bytes.upperBound, $0.name) < (
                    $1.bytes.lowerBound, $1.bytes.upperBound, $1.name
                )
            }
        try Self.checkLayout(tensors, dataStart: dataStart, fileSize: file.size, path: path)
    }

    private static func metadata(_ value: Any?, path: String) throws -> [String: String] {
        guard let value else { return [:] }
        guard let metadata = value as? [String: String] else {
            throw CheckpointError(file: path, message: "__metadata__ in its header is not an object of strings")
        }
        return metadata
    }

    private static func tensor(
        _ name: String, _ value: Any, dataStart: Int, path: String
    ) throws -> SafetensorsFile.TensorInfo {
        func fault(_ message: String) -> CheckpointError { CheckpointError(file: path, tensor: name, message: message) }
        guard let entry = value as? [String: Any] else { throw fault("its header entry is not an object") }
        guard let code = entry["dtype"] as? String else { throw fault("its header entry has no dtype") }
        guard let dataType = SafetensorsFile.DataType(rawValue: code) else {
            let known = SafetensorsFile.DataType.allCases.map(\.rawValue).joined(separator: ", ")
            throw fault("its dtype is \(code); expected one of \(known)")
        }
        guard let shape = entry["shape"] as? [Int], shape.allSatisfy({ $0 >= 0 }) else {
            throw fault("its shape is not a list of sizes")
        }
        guard let offsets = entry["data_offsets"] as? [Int], offsets.count == 2, 0 <= offsets[0],
            offsets[0] <= offsets[1]
        else {
            throw fault("its data_offsets are not [begin, end]")
        }
        var needed = dataType.byteCount
        for size in shape {
            let (product, overflow) = needed.multipliedReportingOverflow(by: size)
            guard !overflow else { throw fault("its shape \(shape) has more elements than can be counted") }
            needed = product
        }
        guard offsets[1] - offsets[0] == needed else {
            throw fault(
                "its shape \(shape) of \(code) needs \(needed) bytes but data_offsets \(offsets) hold "
                    + "\(offsets[1] - offsets[0])")
        }
        let (end, overflow) = offsets[1].addingReportingOverflow(dataStart)
        guard !overflow else { throw fault("its data_offsets \(offsets) lie beyond any file") }
        return SafetensorsFile.TensorInfo(
            name: name, dataType: dataType, shape: shape, bytes: (dataStart + offsets[0])..<end)
    }

    /// Every tensor within the file, none over another, and no bytes that belong to nothing (as the format demands).
    private static func checkLayout(
        _ tensors: [SafetensorsFile.TensorInfo], dataStart: Int, fileSize: Int, path: String
    ) throws {
        var end = dataStart
        var previous: String?
        for tensor in tensors {
            guard tensor.bytes.lowerBound >= end else {
                throw CheckpointError(
                    file: path, tensor: tensor.name,
                    message: "its data overlaps that of \(previous ?? "the header")")
            }
            guard tensor.bytes.lowerBound == end else {
                throw CheckpointError(
                    file: path, tensor: tensor.name,
                    message: "\(tensor.bytes.lowerBound - end) bytes before its data belong to no tensor")
            }
            guard tensor.bytes.upperBound <= fileSize else {
                throw CheckpointError(
                    file: path, tensor: tensor.name,
                    message: "the file is truncated: its data ends at byte \(tensor.bytes.upperBound) but the file has "
                        + "\(fileSize)")
            }
            end = tensor.bytes.upperBound
            previous = tensor.name
        }
        guard end == fileSize else {
            throw CheckpointError(file: path, message: "has \(fileSize - end) bytes after its last tensor")
        }
    }
}
