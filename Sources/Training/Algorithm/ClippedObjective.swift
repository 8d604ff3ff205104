import Foundation

/// The clipped surrogate objective with separate bounds (PPO, arXiv 1707.06347; "clip higher", arXiv 2503.14476; a third bound for negative
/// advantages, "dual clip", arXiv 1912.09729) and an optional penalty for leaving a reference model.
public struct ClippedObjective: Sendable, Equatable {
    /// The ratio is clipped to [1 - low, 1 + high].
    public var clipLow: Double
    public var clipHigh: Double
    /// With a negative advantage, a ratio above this counts as this; verl's `clip_ratio_c`.
    public var clipDual: Double?
    /// Weight of the estimate of KL(policy || reference) in the loss.
    public var klCoefficient: Double
    public var klEstimator: KLEstimator

    public init(
        clipLow: Double = 0.2, clipHigh: Double = 0.28, clipDual: Double? = nil, klCoefficient: Double = 0,
        klEstimator: KLEstimator = .k3
    ) {
        self.clipLow = clipLow
        self.clipHigh = clipHigh
        self.clipDual = clipDual
        self.klCoefficient = klCoefficient
        self.klEstimator = klEstimator
    }

    /// Which bound a ratio has passed, so that it has no gradient.
    public enum Bound: Sendable, Equatable {
        case low, high, dual
    }

    /// The clipped loss of one ratio, be it a token's or a sequence's.
    public struct Surrogate: Sendable, Equatable {
        public var loss: Double
        /// dLoss/d(log ratio).
        public var derivative: Double
        public var ratio: Double
        public var bound: Bound?
    }

    /// loss = -min(ratio * A, clip(ratio) * A), and no more than -clipDual * A for a negative A.
    public func surrogate(logRatio: Double, advantage: Double) -> Surrogate {
        let ratio = exp(logRatio)
        let clipped = min(max(ratio, 1 - clipLow), 1 + clipHigh)
        if clipped * advantage < ratio * advantage {
            return Surrogate(
                loss: -(clipped * advantage), derivative: 0, ratio: ratio, bound: advantage > 0 ? .high : .low)
        }
        if let clipDual, advantage < 0, ratio > clipDual {
            return Surrogate(loss: -(clipDual * advantage), derivative: 0, ratio: ratio, bound: .dual)
        }
        return Surrogate(loss: -(ratio * advantage), derivative: -ratio * advantage, ratio: ratio)
    }

    /// The loss of one token and what belongs to it.
    public struct TokenLoss: Sendable, Equatable {
        public var loss: Double
        /// dLoss/d(log-probability under the policy).
        public var derivative: Double
        /// policy / rollout policy.
        public var ratio: Double
        public var bound: Bound?
        /// Of the estimator; 0 without a reference.
        public var kl: Double

        /// Whether the clipped term was the smaller one, so that the token has no gradient from it.
        public var isClipped: Bool { bound != nil }
    }

    /// The surrogate of the token's ratio, weighted, and klCoefficient times the estimate of KL.
    ///
    /// - Parameters:
    ///   - policy: the token's log-probability now.
    ///   - old: its log-probability when it was drawn.
    ///   - reference: under the reference model, where there is one.
    ///   - weight: of the surrogate, where rollouts are corrected (``RolloutCorrection``).
    public func token(
        policy: Double, old: Double, advantage: Double, reference: Double? = nil, weight: Double = 1
    ) -> TokenLoss {
        let surrogate = surrogate(logRatio: policy - old, advantage: advantage)
        var result = TokenLoss(
            loss: weight * surrogate.loss, derivative: weight * surrogate.derivative, ratio: surrogate.ratio,
            bound: surrogate.bound, kl: 0)
        if let reference {
            let penalty = klEstimator.estimate(policy: policy, reference: reference)
            result.kl = penalty.value
            result.loss += klCoefficient * penalty.value
            result.derivative += klCoefficient * penalty.derivative
        }
        return result
    }
}
