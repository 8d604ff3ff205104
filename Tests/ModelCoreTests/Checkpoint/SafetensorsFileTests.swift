import Foundation
import ModelCore
import Testing

struct SafetensorsFileTests {
    /// A file of a header and data made by hand, byte for byte.
    private func write(_ header: String, data: [UInt8], to path: String, length: UInt64? = nil) throws {
        var bytes = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Array($0) }
        bytes += Array(header.utf8) + data
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    @Test func readsWhatItWrites() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/model.safetensors"
            let tensors = [
                SafetensorsFile.Output(name: "b.weight", shape: [2, 3]), .init(name: "a/ü\"", shape: [1]),
                .init(name: "empty", shape: [0, 4]), .init(name: "scalar", shape: []),
            ]
            let values: [String: [Float]] = [
                "b.weight": [0, -1.5, .pi, 0x1p-140, -0.0, .greatestFiniteMagnitude], "a/ü\"": [7], "empty": [],
                "scalar": [3],
            ]
            try SafetensorsFile.write(tensors, to: path) { try #require(values[$0]) }

            let file = try SafetensorsFile(path: path)
            #expect(file.metadata == ["format": "pt"])
            #expect(Set(file.tensors.map(\.name)) == Set(values.keys))
            for tensor in tensors {
                #expect(file.info(tensor.name)?.shape == tensor.shape)
                #expect(try file.floats(tensor.name).map(\.bitPattern) == values[tensor.name]?.map(\.bitPattern))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.safetensors"])
            let headerLength = try Data(contentsOf: URL(fileURLWithPath: path))[0]
            #expect(headerLength % 8 == 0)
        }
    }

    @Test func convertsHalfPrecisions() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/half.safetensors"
            let header =
                #"{"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},"#
                + #""b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]}}"#
            // Float16 1, -2, smallest subnormal, infinity; bfloat16 1 and -0.15625.
            let data: [UInt8] = [0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00, 0x00, 0x7C, 0x80, 0x3F, 0x20, 0xBE]
            try write(header, data: data, to: path)
            let file = try SafetensorsFile(path: path)
            #expect(try file.floats("h") == [1, -2, 0x1p-24, .infinity])
            #expect(try file.floats("b") == [1, -0.15625])
        }
    }

    @Test func failedWriteLeavesNothing() throws {
        struct Stop: Error {}
        try withTemporaryFolder { folder in
            #expect(throws: Stop.self) {
                try SafetensorsFile.write([.init(name: "a", shape: [1])], to: folder + "/x") { _ in throw Stop() }
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
        }
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        let header: String
        var data = 8
        var length: UInt64?
        let message: String
        var testDescription: String { name }
    }

    static let faults = [
        Fault(
            name: "header beyond the file", header: "{}", length: 999, message: "is truncated: its header needs 1007"),
        Fault(
            name: "absurd header", header: "{}", length: .max, message: "its header claims 18446744073709551615 bytes"),
        Fault(name: "not JSON", header: "{\"a\"", message: "its header is not valid JSON"),
        Fault(name: "a list", header: "[1]", message: "its header is not a JSON object"),
        Fault(
            name: "metadata", header: #"{"__metadata__":{"a":1}}"#,
            message: "__metadata__ in its header is not an object"),
        Fault(name: "entry", header: #"{"a":3}"#, message: "tensor a: its header entry is not an object"),
        Fault(
            name: "integers", header: #"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#,
            message: "tensor a: its dtype is I64; expected one of F32, F16, BF16"),
        Fault(
            name: "shape and bytes", header: #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
            message: "tensor a: its shape [3] of F32 needs 12 bytes but data_offsets [0, 8] hold 8"),
        Fault(
            name: "negative size", header: #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#,
            message: "tensor a: its shape is not a list of sizes"),
        Fault(
            name: "huge shape",
            header: #"{"a":{"dtype":"F32","shape":[4611686018427387904,8],"data_offsets":[0,8]}}"#,
            message: "more elements than can be counted"),
        Fault(
            name: "backward offsets", header: #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
            message: "tensor a: its data_offsets are not [begin, end]"),
        Fault(
            name: "truncated data", header: #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
            message: "tensor a: the file is truncated: its data ends at byte"),
        Fault(
            name: "overlap",
            header: #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
                + #""b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            message: "tensor b: its data overlaps that of a"),
        Fault(
            name: "hole", header: #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            message: "tensor a: 4 bytes before its data belong to no tensor"),
        Fault(
            name: "trailing bytes", header: #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            message: "has 4 bytes after its last tensor"),
    ]

    @Test(arguments: faults) func namesTheFault(_ fault: Fault) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/bad.safetensors"
            try write(fault.header, data: [UInt8](repeating: 0, count: fault.data), to: path, length: fault.length)
            let error = #expect(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
            #expect(error?.file == path)
            #expect(error?.description.contains(fault.message) == true, "\(String(describing: error))")
        }
    }

    /// A file cut at any byte is refused when it is opened, and never read as something else.
    @Test func refusesEveryTruncation() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/whole.safetensors"
            try SafetensorsFile.write([.init(name: "a", shape: [2]), .init(name: "b", shape: [3])], to: path) {
                $0 == "a" ? [1, 2] : [3, 4, 5]
            }
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for length in 0..<whole.count {
                try whole.prefix(length).write(to: URL(fileURLWithPath: path))
                #expect(throws: CheckpointError.self, "\(length) bytes") { try SafetensorsFile(path: path) }
            }
        }
    }

    @Test func namesMissingFilesAndTensors() throws {
        try withTemporaryFolder { folder in
            let missing = #expect(throws: CheckpointError.self) { try SafetensorsFile(path: folder + "/none") }
            #expect(missing?.description == folder + "/none: cannot be opened: No such file or directory")
            let aFolder = #expect(throws: CheckpointError.self) { try SafetensorsFile(path: folder) }
            #expect(aFolder?.message == "is not a regular file")
            let path = folder + "/x"
            try SafetensorsFile.write([.init(name: "a", shape: [1])], to: path) { _ in [1] }
            let tensor = #expect(throws: CheckpointError.self) { try SafetensorsFile(path: path).floats("b") }
            #expect(tensor?.description == path + ": tensor b: there is no such tensor in the file")
        }
    }
}
