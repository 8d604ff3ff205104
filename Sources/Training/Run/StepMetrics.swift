/// One line of `metrics.jsonl`. What does not apply to a step is left out.
public struct StepMetrics: Codable, Sendable, Equatable {
    /// Optimiser steps done in the whole run; 0 is the evaluation before the first.
    public var step: Int
    /// 0-based index of the phase.
    public var phase: Int
    public var method: PhaseConfiguration.Method
    public var loss: Double?
    public var learningRate: Double?
    /// Before clipping; of several updates the mean.
    public var gradientNorm: Double?
    /// Updates on the batch that were made, and those that were left out because their gradients were not finite.
    public var updates: Int?
    public var skippedUpdates: Int?
    /// Of the policy, in nats a token.
    public var entropy: Double?

    // Rewards, over all scored rollouts of the step, the groups that were dropped among them.
    public var rewardMean: Double?
    public var rewardDeviation: Double?
    public var groupsKept: Int?
    public var groupsDropped: Int?
    /// Kept groups as a share of the batch that was asked for.
    public var fillRate: Double?
    /// Groups whose rewards were all the same, as a share of those drawn.
    public var zeroDeviationShare: Double?
    /// How often instances were drawn to fill the batch.
    public var draws: Int?
    public var rollouts: Int?
    public var formatViolations: Int?
    /// Rollouts that could not be scored: left out, never a reward.
    public var errors: Int?
    /// Rollouts that reached the maximum of tokens.
    public var truncated: Int?
    public var truncatedShare: Double?
    /// Tokens of a rollout.
    public var lengthMean: Double?
    public var lengthMaximum: Int?
    /// Steps of a stepwise episode.
    public var turnsMean: Double?
    /// The mean of what too long rollouts lost, over all that are trained on; 0 or less.
    public var overlongPenalty: Double?

    // The updates: means over tokens and updates.
    /// Policy / old policy; the maximum is over all updates of the step.
    public var ratioMean: Double?
    public var ratioMaximum: Double?
    /// Tokens whose ratio has passed a bound, and which one.
    public var clipFraction: Double?
    public var clipFractionLow: Double?
    public var clipFractionHigh: Double?
    public var clipFractionDual: Double?
    /// k3 of the old policy to the one that is trained.
    public var approximateKL: Double?
    /// To the reference model, by the estimator of the configuration.
    public var kl: Double?
    /// The policy that is trained / the one that drew the rollouts, before the first update, and the share above the cap.
    public var rolloutRatioMean: Double?
    public var rolloutRatioMaximum: Double?
    public var rolloutCappedShare: Double?
    /// The largest |ratio - 1| of the first update after the rollouts: rounding.
    public var firstRatioDeviation: Double?
    public var rewardFingerprint: String?
    /// Of each reward by its name, where there are several: before weighting, over the items that it scored.
    public var rewardParts: [String: RewardPart]?
    /// The mean of each component of the scores.
    public var rewardComponents: [String: Double]?
    /// Changes of what scores, from this step on.
    public var rewardChanges: [RewardChange]?
    /// What a mirror said of the batches whose comparison ended in this step.
    public var mirror: MirrorReport?

    /// Tokens that update passes computed (forward and backward), and tokens that rollouts drew.
    public var trainedTokens: Int?
    public var generatedTokens: Int?
    public var tokensPerSecond: Double?
    public var seconds: Seconds?
    public var idle: Idle?
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
        /// In which something was being scored, be it while rollouts were decoded.
        public var scoring: Double?
        /// In which nothing was done but to wait for scores.
        public var waiting: Double?
        public var update: Double
        public var total: Double
    }

    /// The share of a step's wall time in which nothing of this kind was done.
    public struct Idle: Codable, Sendable, Equatable {
        public var rollout: Double
        public var scoring: Double
        public var update: Double
    }

    /// The mean reward of completions of held-out step instances or problems, greedy unless `evaluation.temperature` says otherwise, with a 95% interval over trajectories.
    public struct HeldOut: Codable, Sendable, Equatable {
        /// What was completed, where it is not single steps.
        public var episode: PhaseConfiguration.Episode?
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
