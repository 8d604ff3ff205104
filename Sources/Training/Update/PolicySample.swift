import ModelCore

/// A rollout with what an update needs of it.
package struct PolicySample {
    struct Turn {
        let prompt: RolloutPrompt
        let tokens: [TokenID]
    }

    /// Which group of the batch it belongs to.
    let group: Int
    let turns: [Turn]
    /// Log-probabilities of all tokens under the old policy, at the rollouts' temperature.
    package var old: [Float]
    package var advantage: Double
    /// What each token's loss is multiplied by, where rollouts are corrected.
    package var weights: [Double]?

    /// A sample of which nothing but numbers is known.
    package init(old: [Float], advantage: Double, weights: [Double]? = nil) {
        group = 0
        turns = []
        self.old = old
        self.advantage = advantage
        self.weights = weights
    }

    init(_ rollout: Rollout, group: Int, advantage: Double = 0) {
        self.group = group
        turns = rollout.turns.map { Turn(prompt: $0.prompt, tokens: $0.completion.tokens) }
        old = rollout.logProbabilities
        self.advantage = advantage
    }

    package var tokenCount: Int { old.count }
}
