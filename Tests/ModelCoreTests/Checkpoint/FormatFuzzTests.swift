import Foundation
import ModelCore
import TestSupport
import Testing

/// Damaged files: each is refused with a CheckpointError or read in full, and nothing crashes.
///
/// STEPWISE_FUZZ_RUNS sets how many files of each format are tried.
struct FormatFuzzTests {
    private static let runs = ProcessInfo.processInfo.environment["STEPWISE_FUZZ_RUNS"].flatMap { Int($0) } ?? 3000

    private static let lengths: [UInt64] = [0, 1, 31, 255, 1 << 20, 1 << 31, 1 << 32, 1 << 62, 1 << 63, .max, .max - 1]

    /// One to four changes near the front, where the lengths are: bytes, eight-byte lengths, digits, a cut, an insertion.
    private func damaged(_ bytes: [UInt8], header: Int, _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int.random(in: 0..<4, using: &random) {
            let place = Int.random(in: 0..<min(header, bytes.count), using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 2:
                let length = Self.lengths.randomElement(using: &random) ?? 0
                withUnsafeBytes(of: length.littleEndian) { value in
                    for (offset, byte) in value.enumerated() where place + offset < bytes.count {
                        bytes[place + offset] = byte
                    }
                }
            case 3: bytes[place] = UInt8(ascii: "0") + UInt8.random(in: 0..<10, using: &random)
            case 4: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1..<9, using: &random)))
            }
            if bytes.isEmpty { return bytes }
        }
        if Int.random(in: 0..<8, using: &random) == 0 {
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
        }
        return bytes
    }

    private func fuzz(_ original: String, header: Int, read: (String) throws -> Void) throws {
        let bytes = try Fixtures.bytes(original)
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: 11)
        var refused = 0
        for _ in 0..<Self.runs {
            try folder.write(damaged(bytes, header: header, &random), to: "damaged")
            do {
                try read(folder.file("damaged"))
            } catch is CheckpointError {
                refused += 1
            }
        }
        print("\(Self.runs) damaged files, \(refused) refused")
        #expect(refused > Self.runs / 4 && refused < Self.runs)
    }

    @Test func damagedGGUFFiles() throws {
        try fuzz(Fixtures.gguf("types.gguf"), header: 1500) { path in
            let file = try GGUFFile(path: path)
            for tensor in file.tensors { #expect(try file.floats(tensor.name).count == tensor.count) }
            _ = try? file.modelConfiguration()
        }
    }

    @Test func damagedGGUFModels() throws {
        try fuzz(Fixtures.gguf("tiny-qwen2.gguf"), header: 700) { path in
            let file = try GGUFFile(path: path)
            _ = try file.modelConfiguration()
        }
    }

    @Test func damagedSafetensors() throws {
        try fuzz(Fixtures.gguf("types.safetensors"), header: 900) { path in
            let file = try SafetensorsFile(path: path)
            for tensor in file.tensors { #expect(try file.floats(tensor.name).count == tensor.count) }
        }
    }
}
