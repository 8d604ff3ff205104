import Foundation
import ModelCore
import TestSupport
import Testing

/// Models in GGUF against the checkpoints they were made from (Tests/Fixtures/make_gguf.py).
struct GGUFModelTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func logits(_ model: CausalLanguageModel, like expected: SafetensorsFile) throws -> [Float] {
        let tokens = try expected.floats("tokens").map { TokenID($0) }
        var forest = TokenForest()
        forest.add(tokens)
        return try model.logits(rows: Array(tokens.indices), in: forest).values
    }

    private static let models = ["tiny-llama", "tiny-llama-yarn", "tiny-qwen2", "tiny-qwen3"]

    @Test(arguments: models) func computesTransformersLogits(_ name: String) throws {
        let expected = try SafetensorsFile(path: Fixtures.checkpoint(name) + "/expected.safetensors")
        let model = try Checkpoint.loadModel(from: Fixtures.gguf(name + ".gguf"))
        let theirs = try expected.floats("logits")
        #expect(try zip(logits(model, like: expected), theirs).allSatisfy { abs($0 - $1) < 1e-4 })

        // Weights that were F16 or BF16 come back as they were; llama's rows in their old order.
        let original = try Checkpoint.loadModel(from: Fixtures.checkpoint(name))
        for entry in original.parameters.entries {
            #expect(try model.parameters.values(entry.name) == original.parameters.values(entry.name), "\(entry.name)")
        }
        var (wanted, found) = (original.configuration, model.configuration)
        wanted.rmsNormEpsilon = found.rmsNormEpsilon
        found.bosTokenID = wanted.bosTokenID
        #expect(found == wanted)
    }

    @Test(arguments: models, [SafetensorsFile.DataType.float32, .bfloat16])
    func convertsToAFolderThatGivesTheSame(_ name: String, _ dataType: SafetensorsFile.DataType) throws {
        let file = try GGUFFile(path: Fixtures.gguf(name + ".gguf"))
        let target = folder.file("model")
        try Checkpoint.convert(file, to: target, dataType: dataType) { temporary in
            try "x".write(toFile: temporary + "/more", atomically: false, encoding: .utf8)
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: target).sorted() == [
                "config.json", "generation_config.json", "model.safetensors", "more",
            ])
        let config = try #require(
            JSONSerialization.jsonObject(with: Data(folder.read("model/config.json"))) as? [String: Any])
        #expect(config["torch_dtype"] as? String == (dataType == .bfloat16 ? "bfloat16" : "float32"))
        #expect(try Checkpoint.generationConfiguration(of: target).endTokens == [256])

        let (direct, converted) = (try Checkpoint.loadModel(from: file.path), try Checkpoint.loadModel(from: target))
        #expect(converted.configuration == direct.configuration)
        for entry in direct.parameters.entries {
            let (values, wanted) = (
                try converted.parameters.values(entry.name), try direct.parameters.values(entry.name)
            )
            if dataType == .float32 || name == "tiny-qwen2" {
                #expect(values == wanted)
            } else {
                #expect(zip(values, wanted).allSatisfy { abs($0 - $1) <= abs($1) * 0x1p-8 })
            }
        }
    }

    @Test func findsLlama3sScalingInItsFactors() throws {
        let file = try GGUFFile(path: Fixtures.gguf("rope-factors.gguf"))
        #expect(
            try file.modelConfiguration().ropeScaling
                == .llama3(factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: 8192))
        _ = try Checkpoint.loadModel(from: file.path)
    }

    // MARK: What makes no model

    /// tiny-qwen3 with bytes of its header replaced by as many others.
    private func error(replacing old: String, with new: String) throws -> CheckpointError? {
        precondition(old.utf8.count == new.utf8.count)
        var bytes = try Fixtures.bytes(Fixtures.gguf("tiny-qwen3.gguf"))
        let pattern = Array(old.utf8)
        var changed = 0
        for start in 0..<min(bytes.count - pattern.count, 8192) where bytes[start] == pattern[0] {
            if Array(bytes[start..<start + pattern.count]) == pattern {
                bytes.replaceSubrange(start..<start + pattern.count, with: Array(new.utf8))
                changed += 1
            }
        }
        try #require(changed > 0)
        try folder.write(bytes, to: "bad.gguf")
        return #expect(throws: CheckpointError.self) { try Checkpoint.loadModel(from: folder.file("bad.gguf")) }
    }

    @Test(arguments: [
        ("general.architecture", "general.archxtecture", "has no general.architecture in its metadata"),
        ("qwen3.block_count", "qwen3.black_count", "metadata qwen3.block_count is missing"),
        ("qwen3.embedding_length", "qwen3.embxdding_length", "metadata qwen3.embedding_length is missing"),
        ("qwen3.attention.layer_norm_rms_epsilon", "qwen3.attention.layer_norm_rms_epsixon", "rms_epsilon is missing"),
        (
            "blk.1.attn_q.weight", "blk.7.attn_q.weight",
            "are missing: model.layers.1.self_attn.q_proj.weight [64, 32]; "
        ),
        ("blk.1.attn_q.weight", "blk.7.attn_q.weight", "not part of the model: model.layers.7.self_attn.q_proj.weight"),
        ("blk.1.attn_q.weight", "blk.1.attn_x.weight", "tensor blk.1.attn_x.weight: is not part of a Llama"),
        ("blk.0.attn_q.weight", "blk.00attn_q.weight", "tensor blk.00attn_q.weight: is not part of a Llama"),
        ("token_embd.weight", "token_emxd.weight", "tensor token_embd.weight: is missing or no matrix"),
    ])
    func namesWhatIsWrong(_ old: String, _ new: String, _ message: String) throws {
        let error = try error(replacing: old, with: new)
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test func namesBothShapesOfATensorThatDoesNotFit() throws {
        var bytes = try Fixtures.bytes(Fixtures.gguf("tiny-qwen3.gguf"))
        // feed_forward_length 48 -> 47: the value is the last number before the next key.
        let key = Array("qwen3.feed_forward_length".utf8)
        let start = try #require((0..<4096).first { Array(bytes[$0..<$0 + key.count]) == key })
        #expect(bytes[start + key.count + 4] == 48)
        bytes[start + key.count + 4] = 47
        try folder.write(bytes, to: "bad.gguf")
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.loadModel(from: folder.file("bad.gguf")) }
        #expect(error?.tensor == "blk.0.ffn_gate.weight")
        #expect(error?.message == "its shape is [48, 32]; its metadata calls for [47, 32]")
    }

    @Test func refusesOtherArchitectures() throws {
        let error = #expect(throws: CheckpointError.self) {
            try GGUFFile(path: Fixtures.gguf("types.gguf")).modelConfiguration()
        }
        #expect(error?.message == "is of the architecture 'none'; llama, qwen2 and qwen3 are supported")
    }
}
