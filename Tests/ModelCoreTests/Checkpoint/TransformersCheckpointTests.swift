import Foundation
import ModelCore
import TestSupport
import Testing

/// Checkpoints that transformers wrote (Tests/Fixtures/make_checkpoints.py), with the logits that it computes from them.
struct TransformersCheckpointTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/checkpoints").path

    private static let checkpoints = [
        "tiny-llama", "tiny-llama-linear", "tiny-llama-dynamic", "tiny-llama-llama3", "tiny-llama-yarn", "tiny-qwen2",
        "tiny-qwen3",
    ]

    @Test(arguments: checkpoints) func computesTheSameLogits(_ name: String) throws {
        let folder = Self.fixtures + "/" + name
        let (model, tokenizer) = try Checkpoint.load(from: folder)
        let expected = try SafetensorsFile(path: folder + "/expected.safetensors")
        let tokens = try expected.floats("tokens").map { TokenID($0) }
        #expect(
            tokenizer.encode(
                "<|im_start|>Add 2 and 3. é日<|im_end|><think>2 + 3 = 5</think>#### 5<|im_end|><|endoftext|>",
                parsingSpecialTokens: true) == tokens)

        var forest = TokenForest()
        forest.add(tokens)
        let logits = try model.logits(rows: Array(tokens.indices), in: forest).values
        let theirs = try expected.floats("logits")
        #expect(logits.count == theirs.count)
        let difference = zip(logits, theirs).map { abs($0 - $1) }.max() ?? .infinity
        let largest = theirs.map(abs).max() ?? 0
        print("\(name): largest |logit| \(largest), largest difference \(difference)")
        #expect(difference < 1e-4)
        #expect(largest > 1)

        // The same by decoding: the first half as a prompt, the rest token by token.
        let decoder = try ForestDecoder(model: model)
        let half = tokens.count / 2
        let root = try decoder.add([(Array(tokens[..<half]), nil)])[0]
        let leaf = try decoder.add([([], root)])[0]
        var row = try decoder.logits(after: root)
        for position in half..<tokens.count {
            let wanted = theirs[((position - 1) * 264)..<(position * 264)]
            #expect(zip(row, wanted).allSatisfy { abs($0 - $1) < 1e-4 })
            try decoder.step(leaves: [leaf], tokens: [tokens[position]], logits: &row)
        }
    }

    @Test(arguments: checkpoints) func continuesGreedilyTokenForToken(_ name: String) throws {
        let folder = Self.fixtures + "/" + name
        let (model, tokenizer) = try Checkpoint.load(from: folder)
        let expected = try SafetensorsFile(path: folder + "/expected.safetensors")
        let tokens = try expected.floats("tokens").map { TokenID($0) }
        let theirs = try expected.floats("generated").map { TokenID($0) }
        var prompts = TokenForest()
        let prompt = prompts.add(Array(tokens[..<(tokens.count / 2)]))
        let sampling = SamplingParameters(temperature: 0, maximumTokens: theirs.count)
        let completion = try Generator(model: model, tokenizer: tokenizer).generate(
            prompts: prompts, requests: [GenerationRequest(parent: prompt, seed: 1, stopTokens: [])],
            sampling: sampling)[0]
        #expect(completion.tokens == theirs)
        #expect(Set(theirs).count > 2, "a continuation that repeats one token would show nothing")
    }

    @Test(arguments: checkpoints) func trainsAsPyTorchDoes(_ name: String) throws {
        let folder = Self.fixtures + "/" + name
        let model = try Checkpoint.load(from: folder).model
        let parameters = model.parameters
        let expected = try SafetensorsFile(path: folder + "/expected.safetensors")
        let losses = try expected.floats("losses")
        var forest = TokenForest()
        let text = forest.add(try expected.floats("tokens").map { TokenID($0) })
        let predictions = forest.predictions(of: text)
        let optimizer = AdamW(
            parameters: parameters, configuration: AdamWConfiguration(learningRate: 3e-3, weightDecay: 0.1))
        #expect(losses.count == 10)
        var worst = (loss: Float(0), gradient: 0.0)
        for (step, theirs) in losses.enumerated() {
            parameters.zeroGradients()
            let scores = try model.accumulateGradients(of: predictions, in: forest) { _ in
                predictions.map { _ in -1 / Float(predictions.count) }
            }
            let loss = -scores.logProbabilities.reduce(0, +) / Float(predictions.count)
            worst.loss = max(worst.loss, abs(loss - theirs))
            #expect(abs(loss - theirs) < 1e-4, "step \(step): loss \(loss), PyTorch's \(theirs)")
            if step == 0 {
                for entry in parameters.entries {
                    let gradient = try expected.floats("gradient." + entry.name)
                    let ours = try parameters.gradient(entry.name)
                    try #require(ours.count == gradient.count)
                    // Relative to the parameter's largest: a key's bias has no gradient but rounding.
                    let size = max(gradient.reduce(0) { max($0, abs($1)) }, 1e-3)
                    let difference = Double(zip(ours, gradient).reduce(0) { max($0, abs($1.0 - $1.1)) } / size)
                    worst.gradient = max(worst.gradient, difference)
                    #expect(difference < 1e-3, "the gradient of \(entry.name) differs by \(difference) of its largest")
                }
            }
            optimizer.step(learningRate: 3e-3)
        }
        print(
            "\(name): largest difference of losses \(worst.loss), of gradients \(worst.gradient) of a parameter's largest"
        )
    }
}

/// Writes checkpoints with the logits that we compute, for Tests/Fixtures/check_checkpoint.py to open with transformers.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["STEPWISE_CHECKPOINT_OUTPUT"] != nil))
struct CheckpointForPythonTests {
    @Test(arguments: [
        ("llama", true, false), ("llama", false, true), ("qwen2", true, false), ("qwen2", false, false),
        ("qwen3", true, false), ("qwen3", false, true),
    ])
    func writesCheckpointAndLogits(_ type: String, _ tied: Bool, _ bias: Bool) throws {
        let output = try #require(ProcessInfo.processInfo.environment["STEPWISE_CHECKPOINT_OUTPUT"])
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        var configuration = TinyModel.configuration(
            modelType: type, vocabularySize: 264, tied: tied, attentionBias: bias)
        configuration.ropeTheta = 50_000
        configuration.eosTokenID = 256
        let model = try TinyModel.make(configuration, seed: 9)
        let tokenizer = ByteTokenizer()
        let tokens = tokenizer.encode("<|im_start|>2 + 3é<|im_end|><think>5</think>#### 5", parsingSpecialTokens: true)
        var forest = TokenForest()
        forest.add(tokens)
        let logits = try model.logits(rows: Array(tokens.indices), in: forest).values
        let folder = "\(output)/\(type)-\(tied ? "tied" : "untied")\(bias ? "-bias" : "")"
        try Checkpoint.save(model, tokenizer: tokenizer, to: folder) { temporary in
            try SafetensorsFile.write(
                [.init(name: "tokens", shape: [tokens.count]), .init(name: "logits", shape: [tokens.count, 264])],
                to: temporary + "/logits.safetensors"
            ) { $0 == "tokens" ? tokens.map { Float($0) } : logits }
        }
    }
}
