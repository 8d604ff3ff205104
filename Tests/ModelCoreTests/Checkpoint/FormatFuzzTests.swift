import Foundation
import ModelCore
import TestSupport
import Testing

/// Damaged files: each is refused with a CheckpointError or read in full, and nothing crashes.
struct FormatFuzzTests {
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

    private func fuzz(
        _ name: String, _ original: String, file: String = "damaged", header: Int, read: (String) throws -> Void
    ) throws {
        let bytes = try Fixtures.bytes(original)
        let folder = try TemporaryFolder()
        let campaign = try FuzzCampaign(name) { random in
            try folder.write(damaged(bytes, header: header, &random), to: file)
            do {
                try read(folder.file(file))
                return true
            } catch is CheckpointError {
                return false
            }
        }
        #expect(campaign.refused > campaign.accepted / 3 && campaign.accepted > 0)
        #expect(campaign.memoryGrowth < 1 << 20, "files of kilobytes took more than a GiB")
    }

    @Test func damagedGGUFFiles() throws {
        try fuzz("gguf-tensors", Fixtures.gguf("types.gguf"), header: 1500) { path in
            let file = try GGUFFile(path: path)
            for tensor in file.tensors { #expect(try file.floats(tensor.name).count == tensor.count) }
            _ = try? file.modelConfiguration()
        }
    }

    @Test func damagedGGUFModels() throws {
        try fuzz("gguf-model", Fixtures.gguf("tiny-qwen2.gguf"), file: "damaged.gguf", header: 700) { path in
            _ = try Checkpoint.loadModel(from: path)
        }
    }

    @Test func damagedModelConfigurations() throws {
        let folder = try TemporaryFolder()
        let original = Fixtures.checkpoint("tiny-llama-yarn")
        let weights = try Fixtures.bytes(original + "/model.safetensors")
        try folder.write(weights, to: "model.safetensors")
        let configuration = try Fixtures.bytes(original + "/config.json")
        let scraps = [
            "null", "{}", "[]", "-1", "0", "1e99", "16777216", "9223372036854775807", "true", "\"a\"", ",", "0.5",
        ]
        let campaign = try FuzzCampaign("config.json") { random in
            try folder.write(random.mutated(configuration, scraps: scraps, other: configuration), to: "config.json")
            do {
                _ = try Checkpoint.loadModel(from: folder.path)
                return true
            } catch is CheckpointError {
                return false
            }
        }
        #expect(campaign.refused > campaign.accepted / 20 && campaign.accepted > 0)
        #expect(campaign.memoryGrowth < 1 << 20, "a file of kilobytes took more than a GiB")
    }

    @Test func damagedSafetensors() throws {
        try fuzz("safetensors", Fixtures.gguf("types.safetensors"), header: 900) { path in
            let file = try SafetensorsFile(path: path)
            for tensor in file.tensors { #expect(try file.floats(tensor.name).count == tensor.count) }
        }
    }
}
