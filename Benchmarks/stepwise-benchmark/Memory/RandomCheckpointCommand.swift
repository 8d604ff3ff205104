import ArgumentParser
import ModelCore

/// `stepwise-benchmark random-checkpoint`: a checkpoint of a known shape with random weights, for measuring what the shape costs.
struct RandomCheckpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "random-checkpoint",
        abstract: "Write a checkpoint of a known model's shape with random BF16 weights and a byte tokenizer.")

    enum Shape: String, ExpressibleByArgument, CaseIterable {
        case smollm2 = "smollm2-135m"
        case qwen2 = "qwen2.5-1.5b"

        var configuration: ModelConfiguration {
            switch self {
            case .smollm2:
                ModelConfiguration(
                    vocabularySize: 49_152, hiddenSize: 576, intermediateSize: 1536, layerCount: 30, headCount: 9,
                    keyValueHeadCount: 3, ropeTheta: 100_000, maximumPositions: 8192)
            case .qwen2:
                ModelConfiguration(
                    modelType: "qwen2", vocabularySize: 151_936, hiddenSize: 1536, intermediateSize: 8960,
                    layerCount: 28, headCount: 12, keyValueHeadCount: 2, ropeTheta: 1_000_000, rmsNormEpsilon: 1e-6,
                    maximumPositions: 32_768)
            }
        }
    }

    @Option(help: "smollm2-135m or qwen2.5-1.5b.")
    var shape: Shape

    @Option(name: .shortAndLong, help: "The folder to write.")
    var output: String

    func run() throws {
        let model = try CausalLanguageModel(
            configuration: shape.configuration, seed: 1, for: .inference(weights: .bfloat16))
        try Checkpoint.save(model, tokenizer: ByteTokenizer(), to: output, dataType: .bfloat16)
        print("Wrote \(output): \(shape.rawValue), \(model.parameters.count.brief) random weights")
    }
}
