import Foundation
import ModelCore
import TestSupport
import Testing

struct AdamWTests {
    private let model: CausalLanguageModel
    private let configuration = AdamWConfiguration(
        learningRate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.1)

    init() throws { model = try TinyModel.make(TinyModel.configuration(modelType: "qwen2")) }

    private func accumulate(seed: Int = 1) throws {
        var forest = TokenForest()
        let segment = forest.add(ExampleForests.tokens(20, from: seed))
        let predictions = forest.predictions(of: segment)
        _ = try model.accumulateGradients(of: predictions, in: forest) { _ in predictions.map { _ in -0.05 } }
    }

    private func gradients() throws -> [Float] {
        try model.parameters.entries.flatMap { try model.parameters.gradient($0.name) }
    }

    /// The paper's algorithm 2 in double precision, written out.
    @Test func threeStepsEqualTheFormula() throws {
        let optimizer = AdamW(parameters: model.parameters, configuration: configuration)
        var values = model.parameters.snapshot().map(Double.init)
        var first = [Double](repeating: 0, count: values.count)
        var second = first
        let decays = model.parameters.entries.flatMap { [Double](repeating: $0.decays ? 0.1 : 0, count: $0.count) }
        for (step, rate) in [0.01, 0.02, 0.005].enumerated() {
            model.parameters.zeroGradients()
            try accumulate(seed: step)
            for (index, gradient) in try gradients().enumerated() {
                let g = Double(gradient)
                first[index] = 0.9 * first[index] + 0.1 * g
                second[index] = 0.99 * second[index] + 0.01 * g * g
                let mean = first[index] / (1 - pow(0.9, Double(step + 1)))
                let square = second[index] / (1 - pow(0.99, Double(step + 1)))
                values[index] -= rate * (mean / (square.squareRoot() + 1e-6) + decays[index] * values[index])
            }
            optimizer.step(learningRate: Float(rate))
            let largest = zip(model.parameters.snapshot(), values).map { abs(Double($0) - $1) }.max() ?? .infinity
            #expect(largest < 5e-6, "step \(step + 1)")
        }
        #expect(optimizer.stepCount == 3)
    }

    /// Without a gradient nothing moves but the weights, by rate * decay: the decay does not go through the moments.
    @Test func decayIsDecoupledAndSparesNormsAndBiases() throws {
        let optimizer = AdamW(parameters: model.parameters, configuration: configuration)
        let before = try model.parameters.entries.map { try model.parameters.values($0.name) }
        model.parameters.zeroGradients()
        optimizer.step(learningRate: 0.01)
        for (entry, before) in zip(model.parameters.entries, before) {
            let after = try model.parameters.values(entry.name)
            #expect(after == (entry.decays ? before.map { $0 * (1 - Float(0.01) * 0.1) } : before), "\(entry.name)")
            #expect(entry.decays == (entry.shape.count == 2))
        }
        #expect(model.parameters.entries.allSatisfy { optimizer.firstMoment(of: $0).allSatisfy { $0 == 0 } })
    }

    @Test func restartedItIsANewOne() throws {
        let values = model.parameters.snapshot()
        let optimizer = AdamW(parameters: model.parameters, configuration: AdamWConfiguration(learningRate: 1))
        try accumulate()
        optimizer.step(learningRate: 0.01)
        try model.parameters.restore(values)
        optimizer.restart(configuration)
        optimizer.step(learningRate: 0.02)
        let restarted = model.parameters.snapshot()
        try model.parameters.restore(values)
        let fresh = AdamW(parameters: model.parameters, configuration: configuration)
        fresh.step(learningRate: 0.02)
        #expect(restarted == model.parameters.snapshot())
        #expect(optimizer.stepCount == 1 && optimizer.configuration == configuration)
    }

    @Test func continuesFromItsStateToTheSameBits() throws {
        let optimizer = AdamW(parameters: model.parameters, configuration: configuration)
        try accumulate()
        optimizer.step(learningRate: 0.01)
        let values = model.parameters.snapshot()
        let moments = Dictionary(
            uniqueKeysWithValues: model.parameters.entries.map {
                ($0.name, (first: optimizer.firstMoment(of: $0), second: optimizer.secondMoment(of: $0)))
            })
        optimizer.step(learningRate: 0.02)
        let expected = model.parameters.snapshot()

        try model.parameters.restore(values)
        let other = AdamW(parameters: model.parameters, configuration: configuration)
        try other.restore(stepCount: 1) { try #require(moments[$0.name]) }
        other.step(learningRate: 0.02)
        #expect(model.parameters.snapshot() == expected)
        #expect(throws: ModelError.self) {
            try other.restore(stepCount: 1) { _ in ([0], [0]) }
        }
    }

    @Test func theNormIsOverAllGradientsTogether() throws {
        model.parameters.zeroGradients()
        try accumulate()
        let before = try gradients()
        let norm = before.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(abs(Double(model.parameters.gradientNorm()) - norm) < 1e-6 * norm)

        // Not above the bound: not one bit changes.
        #expect(model.parameters.clipGradients(maximumNorm: Float(norm * 1.01)) == model.parameters.gradientNorm())
        #expect(try gradients() == before)

        // Above it: the same direction, at the bound.
        let bound = norm / 3
        let returned = Double(model.parameters.clipGradients(maximumNorm: Float(bound)))
        #expect(abs(returned - norm) < 1e-6 * norm, "the norm before clipping is returned")
        for (after, before) in zip(try gradients(), before) {
            #expect(abs(Double(after) - Double(before) / 3) <= 1e-5 * abs(Double(before)))
        }
    }
}
