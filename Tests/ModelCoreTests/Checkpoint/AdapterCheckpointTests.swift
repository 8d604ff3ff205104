import Foundation
import ModelCore
import TestSupport
import Testing

/// Adapters that PEFT wrote (Tests/Fixtures/make_adapters.py), with what it computes with them.
struct AdapterCheckpointTests {
    private static let names = ["tiny-llama", "tiny-qwen3"]

    private static func adapters(_ name: String) -> String { "\(Fixtures.path)/adapters/\(name)" }

    private func load(_ name: String) throws -> CausalLanguageModel {
        try Checkpoint.load(from: Self.adapters(name), for: .inference(weights: .float32)).model
    }

    /// One sequence with all its next tokens.
    private func text(_ expected: SafetensorsFile) throws -> (TokenForest, [Prediction], [TokenID]) {
        let tokens = try expected.floats("tokens").map { TokenID($0) }
        var forest = TokenForest()
        let segment = forest.add(tokens)
        return (forest, forest.predictions(of: segment), tokens)
    }

    @Test(arguments: names) func computesPEFTsLogits(_ name: String) throws {
        let model = try load(name)
        let expected = try SafetensorsFile(path: Self.adapters(name) + "/expected.safetensors")
        let (forest, _, tokens) = try text(expected)
        let theirs = try expected.floats("logits")
        let ours = try model.logits(rows: Array(tokens.indices), in: forest).values
        try #require(ours.count == theirs.count)
        #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) < 1e-4 })

        let decoder = try ForestDecoder(model: model)
        let root = try decoder.add([(tokens, nil)])[0]
        let last = theirs.suffix(model.configuration.vocabularySize)
        #expect(zip(try decoder.logits(after: root), last).allSatisfy { abs($0 - $1) < 1e-4 })

        // The frozen model beneath is another one.
        let base = try Checkpoint.load(from: Fixtures.checkpoint(name)).model
        let predictions = forest.predictions(of: 0)
        let without = try model.logProbabilities(of: predictions, in: forest, usingAdapters: false)
        #expect(try without.logProbabilities == base.logProbabilities(of: predictions, in: forest).logProbabilities)
        let with = try model.logProbabilities(of: predictions, in: forest)
        #expect(zip(without.logProbabilities, with.logProbabilities).contains { abs($0 - $1) > 0.1 })
    }

    @Test(arguments: names) func trainsAsPyTorchDoes(_ name: String) throws {
        let model = try load(name)
        let parameters = model.trainable
        let expected = try SafetensorsFile(path: Self.adapters(name) + "/expected.safetensors")
        let (forest, predictions, _) = try text(expected)
        let before = model.parameters.snapshot()
        let optimizer = AdamW(
            parameters: parameters, configuration: AdamWConfiguration(learningRate: 3e-3, weightDecay: 0.1))
        for (step, theirs) in try expected.floats("losses").enumerated() {
            parameters.zeroGradients()
            let scores = try model.accumulateGradients(of: predictions, in: forest) { _ in
                predictions.map { _ in -1 / Float(predictions.count) }
            }
            let loss = -scores.logProbabilities.reduce(0, +) / Float(predictions.count)
            #expect(abs(loss - theirs) < 1e-4, "step \(step): loss \(loss), PyTorch's \(theirs)")
            if step == 0 {
                #expect(!parameters.entries.isEmpty)
                for entry in parameters.entries {
                    let gradient = try expected.floats("gradient." + entry.name)
                    let ours = try parameters.gradient(entry.name)
                    try #require(ours.count == gradient.count)
                    let size = max(gradient.reduce(0) { max($0, abs($1)) }, 1e-4)
                    let difference = zip(ours, gradient).reduce(0) { max($0, abs($1.0 - $1.1)) } / size
                    #expect(difference < 1e-3, "the gradient of \(entry.name) differs by \(difference) of its largest")
                }
            }
            optimizer.step(learningRate: 3e-3)
        }
        #expect(model.parameters.snapshot() == before, "the weights beneath are frozen")
    }

    @Test func mergedWeightsComputeTheSame() throws {
        let folder = try TemporaryFolder()
        let model = try load("tiny-llama")
        let (forest, predictions, _) = try text(
            SafetensorsFile(path: Self.adapters("tiny-llama") + "/expected.safetensors"))
        try Checkpoint.save(model, tokenizer: ByteTokenizer(), to: folder.file("merged"))
        let merged = try Checkpoint.load(from: folder.file("merged")).model
        #expect(merged.lora == nil)
        let (ours, theirs) = try (
            merged.logProbabilities(of: predictions, in: forest), model.logProbabilities(of: predictions, in: forest)
        )
        #expect(zip(ours.logProbabilities, theirs.logProbabilities).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test func loadsWhatItSaves() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("adapters")
        let model = try load("tiny-llama")
        try Checkpoint.saveAdapters(
            model, tokenizer: ByteTokenizer(), base: Fixtures.checkpoint("tiny-llama"), to: path)
        let lora = try #require(model.lora)
        let loaded = try Checkpoint.load(from: path, for: .adapterTraining(lora, weights: .float32)).model
        #expect(loaded.trainable.snapshot() == model.trainable.snapshot())
        #expect(try Checkpoint.adapterBase(of: path) == Fixtures.checkpoint("tiny-llama"))
        #expect(try Checkpoint.adapterBase(of: Fixtures.checkpoint("tiny-llama")) == nil)
        // It may be replaced by a newer one, as any checkpoint.
        try Checkpoint.saveAdapters(
            loaded, tokenizer: ByteTokenizer(), base: Fixtures.checkpoint("tiny-llama"), to: path)
    }

    @Test func saysWhatIsWrongWithAnAdapterFolder() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("adapters")
        try FileManager.default.copyItem(atPath: Self.adapters("tiny-llama"), toPath: path)
        let file = path + "/adapter_config.json"
        func refusal(_ key: String, _ value: Any) throws -> String {
            var settings = try #require(
                JSONSerialization.jsonObject(with: FileManager.default.contents(atPath: file) ?? Data())
                    as? [String: Any])
            settings["base_model_name_or_path"] = Fixtures.checkpoint("tiny-llama")
            let sound = settings
            settings[key] = value
            try JSONSerialization.data(withJSONObject: settings).write(to: URL(fileURLWithPath: file))
            defer { try? JSONSerialization.data(withJSONObject: sound).write(to: URL(fileURLWithPath: file)) }
            let error = #expect(throws: CheckpointError.self) {
                try Checkpoint.load(from: path, for: .inference(weights: .float32))
            }
            return error?.description ?? ""
        }
        #expect(try refusal("peft_type", "VERA").contains("adapter_config.json: 'peft_type' is VERA"))
        #expect(try refusal("use_dora", true).contains("'use_dora' is true, which is not supported"))
        #expect(try refusal("target_modules", ["lm_head"]).contains("'target_modules' names lm_head; known are q_proj"))
        #expect(try refusal("base_model_name_or_path", "some/model").contains("some/model, does not exist"))
        let rank = try refusal("r", 5)
        #expect(rank.contains("lora_A.weight") && rank.contains("[3, ") && rank.contains("[5, "))
        let missing = try refusal("target_modules", ["q_proj"])
        #expect(missing.contains("are not part of the model"), "\(missing)")

        let training = #expect(throws: CheckpointError.self) { try Checkpoint.load(from: path) }
        #expect(training?.description.contains("stepwise-trainer merge") == true)
        let other = #expect(throws: CheckpointError.self) {
            try Checkpoint.load(from: path, for: .adapterTraining(LoRAConfiguration(rank: 4), weights: .float32))
        }
        #expect(other?.description.contains("rank 3, alpha 6.0") == true, "\(String(describing: other))")
    }
}
