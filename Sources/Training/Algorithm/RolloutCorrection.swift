import Foundation

/// Importance weights for rollouts that were drawn at another precision than is trained at (truncated importance sampling; Yao et al. 2025,
/// https://fengyao.notion.site/off-policy-rl). The ratio is that of the policy that is trained, before its first update, to the one that drew.
public struct RolloutCorrection: Codable, Sendable, Equatable {
    /// What a ratio is of, and what becomes of one above the cap. The names are TRL's.
    public enum Mode: String, Codable, Sendable, CaseIterable {
        /// No weights: the log-probabilities of the rollout are those of the old policy.
        case none
        /// A token's loss is multiplied by its ratio, the cap at most.
        case tokenTruncate
        /// The same, and 0 above the cap.
        case tokenMask
        /// All tokens of a rollout are multiplied by the product of their ratios, the cap at most.
        case sequenceTruncate
        /// The same, and 0 above the cap.
        case sequenceMask
    }

    public var mode: Mode
    public var cap: Double

    public init(mode: Mode = .none, cap: Double = 2) {
        self.mode = mode
        self.cap = cap
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let defaults = RolloutCorrection()
        mode = try values.decodeIfPresent(Mode.self, forKey: .mode) ?? defaults.mode
        cap = try values.decodeIfPresent(Double.self, forKey: .cap) ?? defaults.cap
    }

    /// The ratios of a rollout's tokens, all the same one where it is the sequence's.
    ///
    /// - Parameters:
    ///   - old: log-probabilities under the policy that is trained, before its first update.
    ///   - rollout: under the one that drew the tokens.
    package func ratios(old: [Float], rollout: [Float]) -> [Double] {
        let differences = zip(old, rollout).map { Double($0) - Double($1) }
        switch mode {
        case .none: return differences.map { _ in 1 }
        case .tokenTruncate, .tokenMask: return differences.map { exp($0) }
        case .sequenceTruncate, .sequenceMask:
            let ratio = exp(differences.reduce(0, +))
            return differences.map { _ in ratio }
        }
    }

    /// What a loss is multiplied by.
    package func weight(_ ratio: Double) -> Double {
        switch mode {
        case .none: 1
        case .tokenTruncate, .sequenceTruncate: min(ratio, cap)
        case .tokenMask, .sequenceMask: ratio > cap ? 0 : ratio
        }
    }
}
