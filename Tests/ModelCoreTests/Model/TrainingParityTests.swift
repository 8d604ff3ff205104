import Foundation
import ModelCore
import Testing

/// Training steps as PyTorch computes them (Tests/Fixtures/make_training.py): loss, gradients, clipping, AdamW, learning rates.
struct TrainingParityTests {
    private struct Recorded: Decodable {
        struct Configuration: Decodable {
            let steps: Int
            let warmupSteps: Int
            let peak: Float
            let finalRatio: Float
            let beta1: Float
            let beta2: Float
            let epsilon: Float
            let weightDecay: Float
            let maximumNorm: Float
        }
        struct Step: Decodable {
            let loss: Double
            let norm: Double
            let rate: Double
        }
        struct Final: Decodable {
            /// The Euclidean distance from the first weights to the last.
            let moved: Double
            let stride: Int
            let values: [Double]
        }
        let configuration: Configuration
        let steps: [Step]
        let firstGradientNorms: [String: Double]
        let final: [String: Final]
    }

    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/checkpoints").path

    private func isClose(_ ours: Double, _ theirs: Double, _ tolerance: Double) -> Bool {
        abs(ours - theirs) <= tolerance * max(abs(ours), abs(theirs))
    }

    @Test(arguments: ["tiny-llama", "tiny-qwen2"]) func sixStepsEqualPyTorchs(_ name: String) throws {
        let folder = Self.fixtures + "/" + name
        let recorded = try JSONDecoder().decode(
            Recorded.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/training.json")))
        let settings = recorded.configuration
        let model = try Checkpoint.load(from: folder).model
        let parameters = model.parameters
        #expect(Set(parameters.entries.map(\.name)) == Set(recorded.final.keys))
        let before = try parameters.entries.map { try parameters.values($0.name) }
        let optimizer = AdamW(
            parameters: parameters,
            configuration: AdamWConfiguration(
                learningRate: settings.peak, beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon,
                weightDecay: settings.weightDecay))
        let schedule = LearningRateSchedule(
            peak: settings.peak, warmupSteps: settings.warmupSteps, decay: .cosine, finalRatio: settings.finalRatio)
        let tokens = try SafetensorsFile(path: folder + "/expected.safetensors").floats("tokens").map { TokenID($0) }

        for (step, theirs) in recorded.steps.enumerated() {
            var forest = TokenForest()
            let segment = forest.add(tokens.map { ($0 + TokenID(7 * step)) % 264 })
            let predictions = forest.predictions(of: segment)
            parameters.zeroGradients()
            let scores = try model.accumulateGradients(of: predictions, in: forest) { _ in
                predictions.map { _ in -1 / Float(predictions.count) }
            }
            let loss = -scores.logProbabilities.reduce(0) { $0 + Double($1) } / Double(predictions.count)
            #expect(isClose(loss, theirs.loss, 1e-4), "step \(step): loss \(loss), PyTorch's \(theirs.loss)")
            if step == 0 {
                for (name, norm) in recorded.firstGradientNorms {
                    let ours = try parameters.gradient(name).reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
                    #expect(isClose(ours, norm, 1e-4), "gradient of \(name): norm \(ours), PyTorch's \(norm)")
                }
            }
            let norm = Double(parameters.clipGradients(maximumNorm: settings.maximumNorm))
            #expect(isClose(norm, theirs.norm, 1e-3), "step \(step): norm \(norm), PyTorch's \(theirs.norm)")
            let rate = schedule.rate(step: step, of: settings.steps)
            #expect(isClose(Double(rate), theirs.rate, 1e-6))
            optimizer.step(learningRate: rate)
        }

        for (entry, before) in zip(parameters.entries, before) {
            let theirs = try #require(recorded.final[entry.name])
            let ours = try parameters.values(entry.name)
            let moved = zip(ours, before).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
            #expect(isClose(moved, theirs.moved, 1e-3), "\(entry.name) moved by \(moved), PyTorch's by \(theirs.moved)")
            let sampled = stride(from: 0, to: ours.count, by: theirs.stride).map { Double(ours[$0]) }
            #expect(sampled.count == theirs.values.count)
            // Steps of up to 0.01: a wrong term anywhere would show as some thousandths.
            for (x, y) in zip(sampled, theirs.values) { #expect(abs(x - y) < 2e-4, "\(entry.name): \(x), \(y)") }
        }
    }
}
