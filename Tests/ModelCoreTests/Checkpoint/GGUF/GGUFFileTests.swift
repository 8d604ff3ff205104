import Foundation
import ModelCore
import TestSupport
import Testing

/// Files that the `gguf` package wrote (Tests/Fixtures/make_gguf.py), and files that lie.
struct GGUFFileTests {
    @Test(arguments: GGUFTensorType.allCases) func dequantisesEveryTypeBitForBit(_ type: GGUFTensorType) throws {
        let file = try GGUFFile(path: Fixtures.gguf("types.gguf"))
        let expected = try SafetensorsFile(path: Fixtures.gguf("types.safetensors"))
        let info = try #require(file.info(type.name))
        #expect(info.type == type)
        #expect(info.shape == expected.info(type.name)?.shape)
        #expect(try file.floats(type.name).map(\.bitPattern) == expected.floats(type.name).map(\.bitPattern))
    }

    @Test func readsMetadataOfEveryType() throws {
        let file = try GGUFFile(path: Fixtures.gguf("types.gguf"))
        func value(_ name: String) -> GGUFValue? { file.metadata["test.\(name)"] }
        #expect(file.version == 3)
        #expect(value("uint8") == .integer(200) && value("int8") == .integer(-100))
        #expect(value("uint16") == .integer(60_000) && value("int16") == .integer(-30_000))
        #expect(value("uint32") == .integer(4_000_000_000) && value("int32") == .integer(-2_000_000_000))
        #expect(value("uint64") == .unsigned(1 << 63 + 5) && value("int64") == .integer(-1 << 62))
        #expect(value("float32") == .float(0.5) && value("float64") == .float(1e-300))
        #expect(value("bool") == .bool(true) && value("string") == .string("naïve 日本"))
        #expect(value("strings")?.strings == ["a", "", "é b"])
        #expect(value("integers")?.integers == [1, -2, 3])
        #expect(value("floats")?.floats == [0.25, -8])
        #expect(value("integers")?.strings == nil && value("string")?.integer == nil && value("none") == nil)
    }

    @Test func readsVersion2AsVersion3() throws {
        var bytes = try Fixtures.bytes(Fixtures.gguf("types.gguf"))
        bytes[4] = 2
        let folder = try TemporaryFolder()
        try folder.write(bytes, to: "two.gguf")
        let two = try GGUFFile(path: folder.file("two.gguf"))
        let three = try GGUFFile(path: Fixtures.gguf("types.gguf"))
        #expect(two.version == 2)
        #expect(two.tensors == three.tensors && two.metadata == three.metadata)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let message: String
        var testDescription: String { name }

        init(_ name: String, _ file: GGUFBytes, _ message: String) {
            (self.name, bytes, self.message) = (name, file.bytes, message)
        }
    }

    private static func made(_ file: GGUFBytes, _ body: (inout GGUFBytes) -> Void) -> GGUFBytes {
        var file = file
        body(&file)
        return file
    }

    private static func oneTensor(
        _ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64 = 0, data: Int = 64
    ) -> GGUFBytes {
        made(GGUFBytes(tensors: 1)) {
            $0.tensor("w", dimensions, type: type, offset: offset)
            $0.data(data)
        }
    }

    static let faults = [
        Fault("magic", GGUFBytes(magic: "GGML"), "does not begin with 'GGUF'"),
        Fault("version", GGUFBytes(version: 1), "is GGUF version 1, and 2 and 3 can be read"),
        Fault("big-endian", GGUFBytes(version: 3 << 24), "it is a big-endian file"),
        Fault(
            "tensors", GGUFBytes(tensors: 1 << 63),
            "claims 9223372036854775808 tensors at byte 8, but only 8 bytes follow in the file"),
        Fault(
            "entries", GGUFBytes(entries: .max),
            "claims 18446744073709551615 metadata entries at byte 16, but only 0 bytes follow"),
        Fault(
            "a negative length",
            made(GGUFBytes(entries: 1)) {
                $0.append(UInt64(bitPattern: -1))
                $0.data(64)
            }, "claims 18446744073709551615 bytes of a metadata key at byte 24"),
        Fault(
            "a text longer than the file",
            made(GGUFBytes(entries: 1)) {
                $0.append("general.name")
                $0.append(UInt32(8))
                $0.append(UInt64(1000))
                $0.data(64)
            }, "claims 1000 bytes of general.name"),
        Fault(
            "an array longer than the file",
            made(GGUFBytes(entries: 1)) {
                $0.append("tokens")
                $0.append(UInt32(9))
                $0.append(UInt32(8))
                $0.append(UInt64(1) << 60)
                $0.data(64)
            }, "claims 1152921504606846976 elements of tokens"),
        Fault(
            "arrays in arrays",
            made(GGUFBytes(entries: 1)) { file in
                file.append("deep")
                file.append(UInt32(9))
                for _ in 0..<100 {
                    file.append(UInt32(9))
                    file.append(UInt64(1))
                }
                file.data(2000)
            }, "metadata deep has arrays in arrays too deep to read"),
        Fault(
            "type of a value",
            made(GGUFBytes(entries: 1)) {
                $0.append("key")
                $0.append(UInt32(13))
                $0.data(64)
            }, "metadata key has the type 13"),
        Fault(
            "a key twice",
            made(GGUFBytes(entries: 2)) {
                $0.unsigned("key", 1)
                $0.unsigned("key", 2)
                $0.data(64)
            }, "has the metadata key key twice"),
        Fault(
            "alignment",
            made(GGUFBytes(entries: 1)) {
                $0.unsigned("general.alignment", 0)
                $0.data(64)
            }, "general.alignment is not a power of two"),
        Fault("no dimensions", oneTensor([]), "tensor w: has 0 dimensions; GGUF allows 1 to 4"),
        Fault("five dimensions", oneTensor([1, 1, 1, 1, 1]), "tensor w: has 5 dimensions"),
        Fault("no elements", oneTensor([0]), "tensor w: has a dimension of 0"),
        Fault("a negative size", oneTensor([.max]), "tensor w: has a dimension of 18446744073709551615"),
        Fault("too many elements", oneTensor([1 << 32, 1 << 32]), "tensor w: has a dimension of 4294967296"),
        Fault("too many bytes", oneTensor([1 << 62]), "needs more bytes than can be counted"),
        Fault(
            "type", oneTensor([32], type: 10),
            "tensor w: is of ggml type 10 (Q2_K), which cannot be read; F32, F16, Q4_0"),
        Fault("part of a block", oneTensor([40], type: 8), "has rows of 40, which are not whole Q8_0 blocks of 32"),
        Fault(
            "beyond the file", oneTensor([17]), "tensor w: its 68 bytes at 0 of the data lie beyond the file"),
        Fault("offset beyond the file", oneTensor([4], offset: .max), "lie beyond the file"),
        Fault(
            "overlap",
            made(GGUFBytes(tensors: 2)) {
                $0.tensor("v", [8])
                $0.tensor("w", [8], offset: 16)
                $0.data(64)
            }, "tensor w: its data overlaps that of v"),
        Fault(
            "a tensor twice",
            made(GGUFBytes(tensors: 2)) {
                $0.tensor("w", [8])
                $0.tensor("w", [8], offset: 32)
                $0.data(64)
            }, "tensor w: is in the file twice"),
    ]

    @Test(arguments: faults) func refusesWithOneMessage(_ fault: Fault) throws {
        let folder = try TemporaryFolder()
        try folder.write(fault.bytes, to: "bad.gguf")
        let error = #expect(throws: CheckpointError.self) { try GGUFFile(path: folder.file("bad.gguf")) }
        #expect(error?.description.contains(fault.message) == true, "\(String(describing: error))")
        #expect(error?.file == folder.file("bad.gguf"))
    }

    @Test func aTruncatedFileIsSaidToBe() throws {
        let bytes = try Fixtures.bytes(Fixtures.gguf("tiny-llama.gguf"))
        let folder = try TemporaryFolder()
        for length in [0, 3, 7, 23, 100, 1000, bytes.count / 2, bytes.count - 1] {
            try folder.write(Array(bytes[..<length]), to: "short.gguf")
            let error = #expect(throws: CheckpointError.self) { try GGUFFile(path: folder.file("short.gguf")) }
            let text = error?.description ?? ""
            #expect(
                ["is truncated", "bytes follow in the file", "lie beyond the file"].contains { text.contains($0) },
                "\(text)")
        }
    }
}
