import ModelCore
import Trajectory

/// One GRPO update on a batch of rollouts.
struct PolicyUpdate {
    /// Scores of a model for predictions in a forest at a temperature.
    typealias Reference = ([Prediction], TokenForest, Float) throws -> PredictionScores

    let configuration: GRPOConfiguration
    /// Tokens that a rollout may have at most.
    let maximumTokens: Int
    let microBatchTokens: Int
    let data: StepData

    /// Adds the gradients of the batch's loss to the model's; the result is the same for every micro-batch budget, up to rounding.
    func accumulate(
        _ samples: [PolicySample], model: CausalLanguageModel, reference: Reference?
    ) throws -> PolicyStatistics {
        let turns = Turns(samples)
        let batches = MicroBatch.make(turns.completions, data: data, budget: microBatchTokens)
        var loss = PolicyLoss(configuration, samples: samples, maximumTokens: maximumTokens)
        let temperature = configuration.sampling.temperature
        for batch in batches {
            let referenceScores = try reference.map { try $0(batch.predictions, batch.forest, temperature) }
            loss.statistics.forestTokens += batch.forest.tokenCount
            _ = try model.accumulatePolicyGradients(
                of: batch.predictions, in: batch.forest, temperature: temperature
            ) { scores in
                var derivatives = loss.derivatives(count: batch.predictions.count)
                for (index, places) in turns.places(in: batch) {
                    loss.add(
                        samples[index], at: places, scores: scores, reference: referenceScores,
                        derivatives: &derivatives)
                }
                return derivatives
            }
        }
        return loss.statistics
    }

    // MARK: Log-probabilities

    /// Log-probabilities of all tokens of samples under a model, of each sample.
    func logProbabilities(of samples: [PolicySample], by score: Reference) throws -> [[Float]] {
        let turns = Turns(samples)
        var result = samples.map { [Float](repeating: 0, count: $0.tokenCount) }
        for batch in MicroBatch.make(turns.completions, data: data, budget: microBatchTokens) {
            let scores = try score(batch.predictions, batch.forest, configuration.sampling.temperature)
            for (index, places) in turns.places(in: batch) {
                for (position, place) in places.enumerated() {
                    result[index][position] = scores.logProbabilities[place]
                }
            }
        }
        return result
    }

    /// The completions of samples, one after the other.
    private struct Turns {
        var completions: [(prompt: RolloutPrompt, tokens: [TokenID])] = []
        /// The sample of each.
        private var owners: [Int] = []

        init(_ samples: [PolicySample]) {
            for (index, sample) in samples.enumerated() {
                for turn in sample.turns {
                    completions.append((turn.prompt, turn.tokens))
                    owners.append(index)
                }
            }
        }

        /// The samples of a batch in its order, and where the predictions of all their tokens are. A sample's turns hang from one trajectory, and so are
        /// in one batch.
        func places(in batch: MicroBatch) -> [(sample: Int, places: [Int])] {
            var result: [(sample: Int, places: [Int])] = []
            var known: [Int: Int] = [:]
            for member in batch.members {
                let sample = owners[member.index]
                if let index = known[sample] {
                    result[index].places += member.predictions
                } else {
                    known[sample] = result.count
                    result.append((sample, Array(member.predictions)))
                }
            }
            return result
        }
    }
}
