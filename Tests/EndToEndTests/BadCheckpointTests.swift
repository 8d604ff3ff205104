import Foundation
import Testing

/// Checkpoints that lie about themselves, given to the executables: one message that names file, tensor and both shapes, and nothing
/// is left behind (issue 3, "Bad input").
@Suite struct BadCheckpointTests {
    private var training: SmallTraining

    /// A checkpoint that is right, to be damaged.
    init() throws {
        training = try SmallTraining()
        training.supervisedSteps = 1
        try #require(try training.train("whole").status == 0)
        training.checkpoint = "damaged"
    }

    private var damaged: String { training.path(of: "damaged") }

    /// Puts a fresh copy of the checkpoint in the place of the damaged one.
    private func restore() throws {
        if training.exists("damaged") { try FileManager.default.removeItem(atPath: damaged) }
        try FileManager.default.copyItem(atPath: training.path(of: "whole/checkpoints/step-1"), toPath: damaged)
    }

    /// Replaces a text in one of the checkpoint's files.
    private func replace(_ old: String, with new: String, in name: String) throws {
        try restore()
        let path = damaged + "/" + name
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(old), "\(name) has no \(old)")
        try text.replacing(old, with: new).write(toFile: path, atomically: false, encoding: .utf8)
    }

    /// Changes the JSON at the beginning of model.safetensors and nothing behind it.
    private func changeHeader(_ change: (inout [String: Any]) -> Void) throws {
        try restore()
        let url = URL(filePath: damaged + "/model.safetensors")
        let file = try Data(contentsOf: url)
        let length = file.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        var header = try #require(
            JSONSerialization.jsonObject(with: file[8..<8 + length]) as? [String: Any])
        change(&header)
        let json = try JSONSerialization.data(withJSONObject: header)
        var bytes = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
        bytes += json + file[(8 + length)...]
        try bytes.write(to: url)
    }

    private static func edit(_ header: inout [String: Any], _ tensor: String, _ key: String, _ value: Any) {
        var entry = header[tensor] as? [String: Any] ?? [:]
        entry[key] = value
        header[tensor] = entry
    }

    @Test func aConfigurationThatTheWeightsDoNotFit() throws {
        try replace(#""intermediate_size" : 64"#, with: #""intermediate_size" : 65"#, in: "config.json")
        let shapes =
            "damaged/model.safetensors: tensor model.layers.0.mlp.gate_proj.weight: "
            + "its shape is [64, 32]; config.json calls for [65, 32]\n"
        try expectRefusal(training, status: 65, shapes)
        let outcome = try Executable.evaluator.run(
            ["run", "--checkpoint", "damaged", "--benchmark", "data.jsonl"], in: training.folder.url)
        #expect(outcome.status == 65 && outcome.error == "error: \(shapes)")

        try replace(#""num_hidden_layers" : 2"#, with: #""num_hidden_layers" : 1"#, in: "config.json")
        try expectRefusal(
            training, status: 65, "damaged/model.safetensors: tensors are not part of the model: model.layers.1.")
        // Far more than there is memory for: nothing is allocated before the weights are seen to be there.
        try replace(#""hidden_size" : 32"#, with: #""hidden_size" : 16777216"#, in: "config.json")
        try expectRefusal(
            training, status: 65,
            "damaged/model.safetensors: tensor model.embed_tokens.weight: "
                + "its shape is [264, 32]; config.json calls for [264, 16777216]\n")
    }

    @Test func aConfigurationThatIsNotSupported() throws {
        for (old, new, message) in [
            (
                #""model_type" : "llama""#, #""model_type" : "gpt2""#,
                "model_type 'gpt2' is not supported; llama, qwen2 and qwen3 are\n"
            ),
            (
                #""model_type" : "llama""#,
                #""model_type" : "llama", "rope_scaling": {"rope_type": "longrope", "factor": 2}"#,
                "rope scaling of type 'longrope' is not supported; default, linear, dynamic, llama3 and yarn are\n"
            ),
            (
                #""vocab_size" : 264"#, #""vocab_size" : 200"#,
                "vocab_size 200 is smaller than the tokenizer's 264 tokens\n"
            ),
            (
                #""num_hidden_layers" : 2"#, #""num_hidden_layers" : 2000000000"#,
                "num_hidden_layers is 2000000000, above the "
            ),
        ] {
            try replace(old, with: new, in: "config.json")
            try expectRefusal(training, status: 65, "damaged/config.json: \(message)")
        }
    }

    @Test func aSafetensorsHeaderThatLies() throws {
        let (first, second) = ("model.layers.0.input_layernorm.weight", "model.layers.1.input_layernorm.weight")
        try changeHeader { header in
            let offsets = (header[first] as? [String: Any])?["data_offsets"] ?? []
            Self.edit(&header, second, "data_offsets", offsets)
        }
        try expectRefusal(
            training, status: 65, "damaged/model.safetensors: tensor \(second): its data overlaps that of \(first)\n")
        try changeHeader { Self.edit(&$0, first, "dtype", "I32") }
        try expectRefusal(
            training, status: 65,
            "damaged/model.safetensors: tensor \(first): its dtype is I32; expected one of F32, F16, BF16\n")
        try changeHeader { Self.edit(&$0, first, "data_offsets", [0, 1 << 40]) }
        try expectRefusal(
            training, status: 65,
            "damaged/model.safetensors: tensor \(first): its shape [32] of F32 needs 128 bytes but "
                + "data_offsets [0, 1099511627776] hold 1099511627776\n")
        try changeHeader { header in
            header["model.norm.bias"] = header.removeValue(forKey: "model.norm.weight")
        }
        try expectRefusal(
            training, status: 65,
            "damaged/model.safetensors: tensors that config.json calls for are missing: "
                + "model.norm.weight [32]; tensors are not part of the model: model.norm.bias [32]\n")
    }

    @Test func aTokenizerThatDoesNotGoWithTheModelOrTheTemplate() throws {
        try replace("<|im_end|>", with: "<|end_of_turn|>", in: "tokenizer.json")
        try expectRefusal(
            training, status: 78,
            "'data.template': damaged: the tokenizer has no <|im_end|>, which the prompt template "
                + "'compact' is made of; choose ")
        let outcome = try Executable.evaluator.run(
            ["run", "--checkpoint", "damaged", "--benchmark", "data.jsonl", "--template", "chat"],
            in: training.folder.url)
        #expect(outcome.status == 65)
        #expect(
            outcome.error.hasPrefix(
                "error: damaged: the tokenizer has no <|im_end|>, which the prompt template 'chat' is made of; choose ")
        )
        try replace(#""id" : 260"#, with: #""id" : 300"#, in: "tokenizer.json")
        try expectRefusal(
            training, status: 65, "damaged/config.json: vocab_size 264 is smaller than the tokenizer's 304 tokens\n")
    }

    @Test func aPromptLongerThanTheContext() throws {
        try restore()
        var long = training
        let problem = String(repeating: "1+", count: 40) + "1"
        _ = try training.folder.write(
            #"{"id": "a", "problem": "\#(problem)", "steps": ["41", "42"]}"# + "\n", to: "long.jsonl")
        long.dataFile = "long.jsonl"
        try expectRefusal(
            long, status: 65,
            "'phases[0]': 1 trajectories give no step instances (a step 1: its prompt has 82 tokens and its "
                + "target 5, and the model reads 64 (max_position_embeddings); a step 2: ")
    }

    // MARK: GGUF

    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/gguf")

    /// Converts a file and expects a refusal that leaves nothing.
    private func expectNoConversion(
        _ bytes: Data, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try bytes.write(to: training.folder.url.appending(path: "bad.gguf"))
        let outcome = try Executable.trainer.run(["convert", "bad.gguf", "-o", "model"], in: training.folder.url)
        #expect(outcome.status == 65, sourceLocation: sourceLocation)
        #expect(
            outcome.error.hasPrefix("error: bad.gguf: \(message)") && outcome.error.count { $0 == "\n" } == 1,
            "\(outcome.error)", sourceLocation: sourceLocation)
        #expect(outcome.output == "" && !training.exists("model"), sourceLocation: sourceLocation)
    }

    @Test func aGGUFThatLiesOrIsNotSupported() throws {
        let whole = try Data(contentsOf: Self.fixtures.appending(path: "tiny-qwen2.gguf"))
        var bytes = whole
        // The length of the first key, after magic, version and two counts.
        bytes.replaceSubrange(24..<32, with: [UInt8](repeating: 255, count: 8))
        try expectNoConversion(
            bytes,
            "claims 18446744073709551615 bytes of a metadata key at byte 24, but only \(whole.count - 32) bytes follow")

        // A tensor's description: name, number of dimensions, dimensions, type.
        let name = try #require(whole.range(of: Data("token_embd.weight".utf8)))
        bytes = whole
        bytes[name.upperBound + 4 + 16] = 10
        try expectNoConversion(
            bytes, "tensor token_embd.weight: is of ggml type 10 (Q2_K), which cannot be read; F32, F16, ")
        // The value of a key stands behind its type.
        let key = try #require(whole.range(of: Data("qwen2.feed_forward_length".utf8)))
        bytes = whole
        bytes[key.upperBound + 4] += 1
        let rows = Int(whole[key.upperBound + 4])
        try expectNoConversion(
            bytes,
            "tensor blk.0.ffn_gate.weight: its shape is [\(rows), 32]; its metadata calls for [\(rows + 1), 32]\n")
        try expectNoConversion(
            Data(contentsOf: Self.fixtures.appending(path: "types.gguf")),
            "is of the architecture 'none'; llama, qwen2 and qwen3 are supported\n")
    }
}
