import ModelCore
import Reward
import Training

/// One GRPO update on rollouts that hang from trunks: what `Training` does with a batch, without its files and services.
struct ForestUpdate {
    let model: CausalLanguageModel
    let optimizer: AdamW
    let batches: [TrainingBatch]
    let old: [[Float]]
    let advantages: [Double]
    private let objective = ClippedObjective()

    var forestTokens: Int { batches.reduce(0) { $0 + $1.forest.tokenCount } }

    /// Returns the mean log-probability of the rollouts' tokens before the update.
    @discardableResult
    func run() throws -> Double {
        let mean = try accumulate()
        model.parameters.clipGradients(maximumNorm: 1)
        // So small a rate that the weights, and with them the work, stay the same.
        optimizer.step(learningRate: 1e-8)
        return mean
    }

    /// The gradients alone; returns the same mean.
    @discardableResult
    func accumulate() throws -> Double {
        let tokenCount = old.reduce(0) { $0 + $1.count }
        var sum = 0.0
        model.parameters.zeroGradients()
        for batch in batches {
            _ = try model.accumulateGradients(of: batch.predictions, in: batch.forest) { scores in
                var derivatives = [Float](repeating: 0, count: batch.predictions.count)
                for member in batch.members {
                    for (position, place) in member.predictions.enumerated() {
                        let policy = Double(scores.logProbabilities[place])
                        let token = objective.token(
                            policy: policy, old: Double(old[member.rollout][position]),
                            advantage: advantages[member.rollout])
                        derivatives[place] = Float(token.derivative / Double(tokenCount))
                        sum += policy
                    }
                }
                return derivatives
            }
        }
        return sum / Double(tokenCount)
    }

    /// GRPO's advantages of a group that is rewarded by its similarity to the expert's step; zeros where it is left out.
    static func advantages(of group: ArraySlice<Completion>, expert: String) -> [Double] {
        var matcher = ScalarMatcher(expert: expert, autojunk: false)
        return GroupAdvantage().advantages(group.map { matcher.ratio(of: $0.text) }).map { $0 ?? 0 }
    }

    /// The log-probabilities of completions under the model, by rollout.
    static func logProbabilities(
        _ batches: [TrainingBatch], count: Int, model: CausalLanguageModel
    ) throws -> [[Float]] {
        var all = [[Float]](repeating: [], count: count)
        for batch in batches {
            let scores = try model.logProbabilities(of: batch.predictions, in: batch.forest)
            for member in batch.members {
                all[member.rollout] = Array(scores.logProbabilities[member.predictions])
            }
        }
        return all
    }
}
