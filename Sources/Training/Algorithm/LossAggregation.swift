/// How the losses of a batch's tokens become one number. All counts are of the whole batch of an update, however it is cut into passes.
public enum LossAggregation: String, Codable, Sendable, CaseIterable {
    /// The mean over all tokens of the batch (DAPO, arXiv 2503.14476; verl's `token-mean`, TRL's `dapo`).
    case tokenMean
    /// The mean over rollouts of the mean over a rollout's tokens (GRPO; verl's `seq-mean-token-mean`, TRL's `grpo`).
    case sequenceMean
    /// The mean over rollouts of the sum over a rollout's tokens (verl's `seq-mean-token-sum`).
    case sequenceSum
    /// The same divided by the most tokens that a rollout may have (Dr. GRPO, arXiv 2503.20783; verl's `seq-mean-token-sum-norm`, TRL's
    /// `dr_grpo`).
    case sequenceSumNormalized

    /// What the loss of each token of a rollout is multiplied by.
    ///
    /// - Parameters:
    ///   - tokens: of the rollout.
    ///   - batchTokens: of all rollouts.
    ///   - sequences: rollouts that have tokens.
    ///   - maximumTokens: the most that a rollout may have.
    func weight(tokens: Int, batchTokens: Int, sequences: Int, maximumTokens: Int) -> Double {
        switch self {
        case .tokenMean: 1 / Double(batchTokens)
        case .sequenceMean: 1 / Double(sequences * tokens)
        case .sequenceSum: 1 / Double(sequences)
        case .sequenceSumNormalized: 1 / (Double(sequences) * Double(maximumTokens))
        }
    }
}

/// What a ratio between policies is of.
public enum ImportanceSamplingLevel: String, Codable, Sendable, CaseIterable {
    /// Every token has its own (GRPO).
    case token
    /// A rollout has one, the geometric mean of its tokens' (GSPO, arXiv 2507.18071).
    case sequence
}
