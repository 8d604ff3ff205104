package import ModelCore
package import ServiceAPI
package import Trajectory

/// What the model wrote once for an instance: one completion, or of a stepwise episode one for each step.
package struct Rollout: Sendable {
    package struct Turn: Sendable {
        package let prompt: RolloutPrompt
        package let completion: Completion
    }

    package var turns: [Turn]
    /// What the reward servers are sent.
    package var text: String

    /// Tokens that were drawn.
    package var tokenCount: Int { turns.reduce(0) { $0 + $1.completion.tokens.count } }
    /// Whether it was cut off at the maximum of tokens.
    package var isTruncated: Bool { turns.last?.completion.finish == .length }
    /// Log-probabilities of all tokens, when they were drawn.
    var logProbabilities: [Float] { turns.flatMap(\.completion.logProbabilities) }
}

/// The rollouts of one instance with their scores.
package struct RolloutGroup: Sendable {
    package let instance: StepInstance
    package let rollouts: [Rollout]
    /// Of each rollout.
    package var scores: [ItemScore] = []
    /// Whether the group is trained on.
    package var isKept = false
    /// Of each rollout; nil where there is no reward. Empty in a group that is not trained on.
    package var advantages: [Double?] = []

    package var rewards: [Double?] { scores.map(\.reward) }
}
