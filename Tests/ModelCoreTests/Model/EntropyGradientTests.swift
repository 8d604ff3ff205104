import ModelCore
import TestSupport
import Testing

/// A loss of log-probabilities and entropies against central differences, along the gradient of each parameter.
struct EntropyGradientTests {
    @Test func theGradientOfALossWithEntropiesIsItsSlope() throws {
        let model = try TinyModel.make(seed: 5)
        let forest = ExampleForests.trajectory(group: 2)
        let predictions = forest.segments.indices.flatMap(forest.predictions(of:))
        let weights = predictions.indices.map { Float($0 * 3 % 7) / 7 - 0.4 }
        // Some have none, and several predictions of one row have different ones.
        let bonuses = predictions.indices.map { Float($0 * 5 % 4) / 3 }
        let temperature: Float = 0.8
        func currentLoss() throws -> Double {
            let scores = try model.logProbabilities(of: predictions, in: forest, temperature: temperature)
            return zip(scores.logProbabilities, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
                + zip(scores.entropies, bonuses).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        model.parameters.zeroGradients()
        _ = try model.accumulatePolicyGradients(of: predictions, in: forest, temperature: temperature) { _ in
            PredictionDerivatives(logProbabilities: weights, entropies: bonuses)
        }
        for entry in model.parameters.entries {
            let values = try model.parameters.values(entry.name)
            let gradient = try model.parameters.gradient(entry.name)
            let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            try #require(norm > 0, "\(entry.name) has no gradient at all")
            let step = 2e-3
            func loss(at amount: Double) throws -> Double {
                try model.parameters.setValues(
                    entry.name, zip(values, gradient).map { $0 + Float(amount / norm * Double($1)) })
                return try currentLoss()
            }
            let numeric = try (loss(at: step) - loss(at: -step)) / (2 * step)
            try model.parameters.setValues(entry.name, values)
            #expect(abs(numeric - norm) < 1e-2 * norm + 2e-2, "\(entry.name): \(norm), numerically \(numeric)")
        }
    }

    @Test func withoutEntropiesNothingChanges() throws {
        let forest = ExampleForests.trajectory(group: 2)
        let predictions = forest.segments.indices.flatMap(forest.predictions(of:))
        let weights = predictions.indices.map { Float($0 % 3) - 1 }
        let gradients = try [nil, predictions.map { _ in Float(0) }].map { entropies in
            let model = try TinyModel.make(seed: 5)
            model.parameters.zeroGradients()
            _ = try model.accumulatePolicyGradients(of: predictions, in: forest) { _ in
                PredictionDerivatives(logProbabilities: weights, entropies: entropies)
            }
            return try model.parameters.entries.flatMap { try model.parameters.gradient($0.name) }
        }
        #expect(gradients[0] == gradients[1])
    }
}
