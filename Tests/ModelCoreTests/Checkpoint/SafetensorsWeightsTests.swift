import Foundation
import ModelCore
import TestSupport
import Testing

/// Weights in several files and in other element types.
struct SafetensorsWeightsTests {
    private let folder: TemporaryFolder
    private let path: String
    private let index = "checkpoint/model.safetensors.index.json"

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("checkpoint")
    }

    private func save(shardBytes: Int, _ type: SafetensorsFile.DataType = .float32) throws -> CausalLanguageModel {
        let model = try TinyModel.make(TinyModel.configuration(vocabularySize: 264))
        try Checkpoint.save(model, tokenizer: ByteTokenizer(), to: path, dataType: type, shardBytes: shardBytes)
        return model
    }

    @Test func loadsTheShardsThatItSaves() throws {
        let model = try save(shardBytes: 20_000)
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasPrefix("model") }.sorted()
        #expect(names.count > 3)
        #expect(names[0] == "model-00001-of-0000\(names.count - 1).safetensors")
        #expect(names.last == "model.safetensors.index.json")
        // The embedding is larger than a shard and has one to itself.
        #expect(try SafetensorsFile(path: path + "/" + names[0]).tensors.map(\.name) == ["model.embed_tokens.weight"])
        #expect(try Checkpoint.load(from: path).model.parameters.snapshot() == model.parameters.snapshot())
    }

    @Test func roundsToBFloat16ToTheNearestEven() throws {
        let model = try save(shardBytes: .max, .bfloat16)
        let file = try SafetensorsFile(path: path + "/model.safetensors")
        #expect(file.tensors.allSatisfy { $0.dataType == .bfloat16 })
        let loaded = try Checkpoint.load(from: path).model.parameters.snapshot()
        for (rounded, exact) in zip(loaded, model.parameters.snapshot()) {
            #expect(abs(rounded - exact) <= abs(exact) * 0x1p-8)
        }
        let values: [Float] = [
            1, 1.00390625, 1.01171875, -1.0078125, .infinity, .nan, .greatestFiniteMagnitude, -0.0,
        ]
        try SafetensorsFile.write(
            [.init(name: "x", shape: [8], dataType: .bfloat16)], to: folder.file("x.safetensors")
        ) { _ in values }
        let read = try SafetensorsFile(path: folder.file("x.safetensors")).floats("x")
        let wanted: [Float] = [1, 1, 1.015625, -1.0078125, .infinity]
        #expect(Array(read[..<5]) == wanted)
        #expect(read[5].isNaN && read[6] == .infinity && read[7].sign == .minus)
    }

    /// Every float16 there is, against the processor's or the compiler's own conversion.
    @Test func readsEveryFloat16() throws {
        let bits = (0...UInt16.max).map { $0 }
        let header = #"{"x":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]}}"#
        var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
        for value in bits { bytes += [UInt8(value & 255), UInt8(value >> 8)] }
        try folder.write(bytes, to: "x.safetensors")
        let read = try SafetensorsFile(path: folder.file("x.safetensors")).floats("x")
        for (bits, value) in zip(bits, read) {
            let wanted = Float(Float16(bitPattern: bits))
            #expect(wanted.isNaN ? value.isNaN : value.bitPattern == wanted.bitPattern)
        }
    }

    @Test func namesWhatDoesNotAgreeWithTheIndex() throws {
        func error() -> CheckpointError? {
            #expect(throws: CheckpointError.self) { try Checkpoint.load(from: path) }
        }
        _ = try save(shardBytes: 20_000)
        let good = String(decoding: try folder.read(index), as: UTF8.self)
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasPrefix("model-") }.sorted()
        let (first, second, count) = (names[0], names[1], names.count)
        func change(_ old: String, _ new: String) throws {
            #expect(good.contains(old))
            try folder.write(good.replacingOccurrences(of: old, with: new), to: index)
        }

        try change(#""model.embed_tokens.weight" : "\#(first)""#, #""model.embed_tokens.weight" : "\#(second)""#)
        #expect(
            error()?.description
                == "\(path)/model.safetensors.index.json: tensor model.embed_tokens.weight: is not in \(second), where the weight_map has it"
        )
        try change(#""model.embed_tokens.weight""#, #""other.weight""#)
        #expect(error()?.message.contains("is not in the weight_map of") == true)
        #expect(error()?.tensor == "model.embed_tokens.weight")
        try change(first, "../" + first)
        #expect(error()?.message.contains("is not a file of this folder") == true)
        try folder.write(#"{"weight_map": {}}"#, to: index)
        #expect(error()?.message == "its weight_map is empty")
        try folder.write("{}", to: index)
        #expect(error()?.message == "the key weight_map is missing")
        try folder.write(good, to: index)
        try FileManager.default.removeItem(atPath: path + "/" + first)
        #expect(error()?.description == "\(path)/\(first): cannot be opened: No such file or directory")
        #expect(count > 2)
    }

    @Test func readsTheGenerationConfiguration() throws {
        _ = try save(shardBytes: .max)
        #expect(try Checkpoint.generationConfiguration(of: path).endTokens == [258, 256])
        let file = "checkpoint/generation_config.json"
        try folder.write(
            #"{"eos_token_id": 7, "do_sample": true, "temperature": 0.6, "top_k": 20, "top_p": 0.95}"#, to: file)
        let generation = try Checkpoint.generationConfiguration(of: path)
        #expect(generation.endTokens == [7] && generation.samples == true && generation.temperature == 0.6)
        #expect(generation.topK == 20 && generation.topP == 0.95 && generation.minP == nil)
        try folder.write(#"{"eos_token_id": "</s>"}"#, to: file)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.generationConfiguration(of: path) }
        #expect(error?.file == path + "/generation_config.json")
        #expect(error?.message.hasPrefix("eos_token_id is not") == true, "\(String(describing: error))")
    }
}
