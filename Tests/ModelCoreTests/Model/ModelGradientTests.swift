import ModelCore
import TestSupport
import Testing

/// The whole model's gradient against central differences, parameter by parameter.
struct ModelGradientTests {
    @Test(arguments: ForestEqualityTests.configurations)
    func everyParametersGradientIsTheLossesSlope(configuration: ModelConfiguration) throws {
        let model = try TinyModel.make(configuration, seed: 3)
        let forest = ExampleForests.trajectory(group: 2)
        let predictions = forest.segments.indices.flatMap(forest.predictions(of:))
        let weights = predictions.indices.map { Float($0 * 3 % 7) / 7 - 0.4 }
        model.parameters.zeroGradients()
        _ = try model.accumulateGradients(of: predictions, in: forest) { _ in weights }
        func currentLoss() throws -> Double {
            let scores = try model.logProbabilities(of: predictions, in: forest)
            return zip(scores.logProbabilities, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        for entry in model.parameters.entries {
            let values = try model.parameters.values(entry.name)
            let gradient = try model.parameters.gradient(entry.name)
            // Along the gradient itself the slope is its norm.
            let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            try #require(norm > 0, "\(entry.name) has no gradient at all")
            let step = 2e-3
            func loss(at amount: Double) throws -> Double {
                let moved = zip(values, gradient).map { $0 + Float(amount / norm * Double($1)) }
                try model.parameters.setValues(entry.name, moved)
                return try currentLoss()
            }
            let numeric = try (loss(at: step) - loss(at: -step)) / (2 * step)
            try model.parameters.setValues(entry.name, values)
            #expect(abs(numeric - norm) < 1e-2 * norm + 2e-2, "\(entry.name): \(norm), numerically \(numeric)")
        }
    }
}
