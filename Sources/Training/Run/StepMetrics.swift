/// One line of `metrics.jsonl`. What does not apply to a step is left out.
public struct StepMetrics: Codable, Sendable, Equatable {
    /// Optimiser steps done in the whole run; 0 is the evaluation before the first.
    public var step: Int
    /// 0-based index of the phase.
    public var phase: Int
    public var method: PhaseConfiguration.Method
    public var loss: Double?
    public var learningRate: Double?
    /// Before clipping.
    public var gradientNorm: Double?
    /// Of the policy, in nats a token.
    public var entropy: Double?

    // Rewards, over all scored rollouts of the step, the groups that were dropped among them.
    public var rewardMean: Double?
    public var rewardDeviation: Double?
    public var groupsKept: Int?
    public var groupsDropped: Int?
    /// How often instances were drawn to fill the batch.
    public var draws: Int?
    public var rollouts: Int?
    public var formatViolations: Int?
    /// Rollouts that could not be scored: left out, never a reward.
    public var errors: Int?
    /// Rollouts that reached the maximum of tokens.
    public var truncated: Int?
    public var lengthMean: Double?
    public var lengthMaximum: Int?
    public var clipFraction: Double?
    public var kl: Double?
    /// The largest |ratio - 1| of the first update after the rollouts: rounding.
    public var firstRatioDeviation: Double?
    public var rewardFingerprint: String?
    /// Of each reward by its name, where there are several: before weighting, over the items that it scored.
    public var rewardParts: [String: RewardPart]?
    /// Changes of what scores, from this step on.
    public var rewardChanges: [RewardChange]?
    /// What a mirror said of the batches whose comparison ended in this step.
    public var mirror: MirrorReport?

    /// Tokens that update passes computed (forward and backward), and tokens that rollouts drew.
    public var trainedTokens: Int?
    public var generatedTokens: Int?
    public var tokensPerSecond: Double?
    public var seconds: Seconds?
    public var heldOut: HeldOut?

    /// One reward of several.
    public struct RewardPart: Codable, Sendable, Equatable {
        public var weight: Double
        public var mean: Double
        public var deviation: Double
    }

    /// Wall time of a step by what it was spent on.
    public struct Seconds: Codable, Sendable, Equatable {
        public var rollout: Double?
        public var scoring: Double?
        public var update: Double
        public var total: Double
    }

    /// The mean reward of completions of held-out step instances, greedy unless `evaluation.temperature` says otherwise, with a 95% interval over trajectories.
    public struct HeldOut: Codable, Sendable, Equatable {
        public var reward: Double
        public var low: Double
        public var high: Double
        public var interval: String
        public var instances: Int
        public var trajectories: Int
        public var formatViolations: Int
        public var errors: Int
    }

    init(step: Int, phase: Int, method: PhaseConfiguration.Method) {
        self.step = step
        self.phase = phase
        self.method = method
    }
}
