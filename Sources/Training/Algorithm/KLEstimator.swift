import Foundation

/// Estimates of KL(policy || reference) from one token that the policy drew (Schulman 2020, http://joschu.net/blog/kl-approx.html).
///
/// With d = reference - policy of the token's log-probabilities.
public enum KLEstimator: String, Codable, Sendable, CaseIterable {
    /// -d. Without bias, of large variance, and negative at times. In the loss its gradient is zero on average: it belongs in the reward.
    case k1
    /// d^2 / 2. Biased, of small variance; its gradient in the loss is that of the KL divergence.
    case k2
    /// exp(d) - d - 1. Without bias and never negative.
    case k3

    /// The estimate and its derivative with respect to the policy's log-probability.
    public func estimate(policy: Double, reference: Double) -> (value: Double, derivative: Double) {
        let difference = reference - policy
        return switch self {
        case .k1: (-difference, 1)
        case .k2: (difference * difference / 2, -difference)
        case .k3: (exp(difference) - difference - 1, 1 - exp(difference))
        }
    }
}

/// Where a KL penalty goes.
public enum KLPlacement: String, Codable, Sendable, CaseIterable {
    /// Into the loss of every token, at every update (GRPO; TRL's `beta`, verl's `use_kl_loss`).
    case loss
    /// Summed over the tokens of a rollout, as they were drawn, and taken off its reward (verl's `use_kl_in_reward`).
    case reward
}
