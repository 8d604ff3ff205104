import ModelCore
import Trajectory

/// One SFT update: the mean negative log-probability of the tokens that the expert would write.
struct SupervisedUpdate {
    struct Statistics: Equatable {
        /// In nats a token.
        var loss = 0.0
        var entropy = 0.0
        /// Tokens with a loss.
        var tokens = 0
        var forestTokens = 0
    }

    let monologue: MonologueSource
    let microBatchTokens: Int
    let data: StepData

    /// Adds the gradients of the instances' loss to the model's.
    func accumulate(_ instances: [StepInstance], model: CausalLanguageModel) throws -> Statistics {
        let completions = instances.map { (RolloutPrompt($0), data.completion(of: $0, monologue: monologue)) }
        let batches = MicroBatch.make(completions, data: data, budget: microBatchTokens)
        var statistics = Statistics()
        statistics.tokens = completions.reduce(0) { $0 + $1.1.count }
        let weight = 1 / Double(max(1, statistics.tokens))
        for batch in batches {
            statistics.forestTokens += batch.forest.tokenCount
            let scores = try model.accumulateGradients(of: batch.predictions, in: batch.forest) { scores in
                [Float](repeating: Float(-weight), count: scores.logProbabilities.count)
            }
            statistics.loss -= weight * scores.logProbabilities.reduce(0) { $0 + Double($1) }
            statistics.entropy += weight * scores.entropies.reduce(0) { $0 + Double($1) }
        }
        return statistics
    }
}
