import ModelCore
import Trajectory

/// One GRPO update on a batch of rollouts.
struct PolicyUpdate {
    /// A rollout with what the objective needs of it.
    struct Sample {
        let instance: StepInstance
        let tokens: [TokenID]
        /// Log-probabilities when the tokens were drawn, at the rollouts' temperature.
        let old: [Float]
        let advantage: Double
    }

    /// Means over the tokens of the batch.
    struct Statistics: Equatable {
        var loss = 0.0
        var clipFraction = 0.0
        var kl = 0.0
        var entropy = 0.0
        /// The largest |ratio - 1|: rounding alone in the first update after a rollout.
        var largestRatioDeviation = 0.0
        /// Tokens that were computed, trunks included.
        var forestTokens = 0
    }

    /// Scores of a reference model for predictions in a forest at a temperature.
    typealias Reference = ([Prediction], TokenForest, Float) throws -> PredictionScores

    let configuration: GRPOConfiguration
    let microBatchTokens: Int
    let data: StepData

    /// Adds the gradients of the batch's loss to the model's; the result is the same for every micro-batch budget, up to rounding.
    func accumulate(
        _ samples: [Sample], model: CausalLanguageModel, reference: Reference?
    ) throws -> Statistics {
        let batches = MicroBatch.make(
            samples.map { ($0.instance, $0.tokens) }, data: data, budget: microBatchTokens)
        let tokenCount = samples.reduce(0) { $0 + $1.tokens.count }
        let sequenceCount = samples.count { !$0.tokens.isEmpty }
        guard tokenCount > 0 else { return Statistics() }
        let objective = configuration.objective
        let temperature = configuration.sampling.temperature
        var statistics = Statistics()
        for batch in batches {
            let referenceScores = try reference.map { try $0(batch.predictions, batch.forest, temperature) }
            statistics.forestTokens += batch.forest.tokenCount
            _ = try model.accumulateGradients(of: batch.predictions, in: batch.forest, temperature: temperature) {
                scores in
                var derivatives = [Float](repeating: 0, count: batch.predictions.count)
                for member in batch.members {
                    let sample = samples[member.index]
                    let weight =
                        switch configuration.lossAggregation {
                        case .tokenMean: 1 / Double(tokenCount)
                        case .sequenceMean: 1 / Double(sequenceCount * sample.tokens.count)
                        }
                    for (position, place) in member.predictions.enumerated() {
                        let token = objective.token(
                            policy: Double(scores.logProbabilities[place]), old: Double(sample.old[position]),
                            advantage: sample.advantage,
                            reference: referenceScores.map { Double($0.logProbabilities[place]) })
                        derivatives[place] = Float(weight * token.derivative)
                        statistics.loss += weight * token.loss
                        statistics.clipFraction += token.isClipped ? 1 / Double(tokenCount) : 0
                        statistics.kl += token.kl / Double(tokenCount)
                        statistics.entropy += Double(scores.entropies[place]) / Double(tokenCount)
                        statistics.largestRatioDeviation = max(
                            statistics.largestRatioDeviation, abs(token.ratio - 1))
                    }
                }
                return derivatives
            }
        }
        return statistics
    }
}
