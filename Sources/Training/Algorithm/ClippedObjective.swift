import Foundation

/// The clipped surrogate objective with separate bounds (PPO, arXiv 1707.06347; "clip higher", arXiv 2503.14476) and an optional k3 penalty to
/// a reference model (Schulman 2020, http://joschu.net/blog/kl-approx.html), token by token.
public struct ClippedObjective: Sendable, Equatable {
    /// The ratio is clipped to [1 - low, 1 + high].
    public var clipLow: Double
    public var clipHigh: Double
    /// Weight of the k3 estimate of KL(policy || reference) in the loss.
    public var klCoefficient: Double

    public init(clipLow: Double = 0.2, clipHigh: Double = 0.28, klCoefficient: Double = 0) {
        self.clipLow = clipLow
        self.clipHigh = clipHigh
        self.klCoefficient = klCoefficient
    }

    /// The loss of one token and what belongs to it.
    public struct TokenLoss: Sendable, Equatable {
        public var loss: Double
        /// dLoss/d(log-probability under the policy).
        public var derivative: Double
        /// policy / rollout policy.
        public var ratio: Double
        /// Whether the clipped term was the smaller one, so that the token has no gradient from it.
        public var isClipped: Bool
        /// k3 = exp(d) - d - 1 with d = reference - policy; 0 without a reference.
        public var kl: Double
    }

    /// loss = -min(ratio * A, clip(ratio) * A) + klCoefficient * k3.
    ///
    /// - Parameters:
    ///   - policy: the token's log-probability now.
    ///   - old: its log-probability when it was drawn.
    ///   - reference: under the reference model, where there is one.
    public func token(policy: Double, old: Double, advantage: Double, reference: Double? = nil) -> TokenLoss {
        let ratio = exp(policy - old)
        let clipped = min(max(ratio, 1 - clipLow), 1 + clipHigh)
        let isClipped = clipped * advantage < ratio * advantage
        var result = TokenLoss(
            loss: -min(ratio * advantage, clipped * advantage), derivative: isClipped ? 0 : -ratio * advantage,
            ratio: ratio, isClipped: isClipped, kl: 0)
        if let reference {
            let difference = reference - policy
            result.kl = exp(difference) - difference - 1
            result.loss += klCoefficient * result.kl
            result.derivative += klCoefficient * (1 - exp(difference))
        }
        return result
    }
}

/// How the losses of a batch's tokens become one number.
public enum LossAggregation: String, Codable, Sendable, CaseIterable {
    /// The mean over all tokens of the batch (DAPO; verl's `token-mean`).
    case tokenMean
    /// The mean over rollouts of the mean over a rollout's tokens (GRPO; verl's `seq-mean-token-mean`).
    case sequenceMean
}
