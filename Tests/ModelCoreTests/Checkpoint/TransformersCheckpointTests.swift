import Foundation
import ModelCore
import TestSupport
import Testing

/// Checkpoints that transformers wrote (Tests/Fixtures/make_checkpoints.py), with the logits that it computes from them.
struct TransformersCheckpointTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/checkpoints").path

    @Test(arguments: ["tiny-llama", "tiny-qwen2"]) func computesTheSameLogits(_ name: String) throws {
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
}

/// Writes checkpoints with the logits that we compute, for Tests/Fixtures/check_checkpoint.py to open with transformers.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["STEPWISE_CHECKPOINT_OUTPUT"] != nil))
struct CheckpointForPythonTests {
    @Test(arguments: [("llama", true, false), ("llama", false, true), ("qwen2", true, false), ("qwen2", false, false)])
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
