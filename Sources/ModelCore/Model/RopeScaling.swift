import Foundation

/// How rotary frequencies are stretched for contexts longer than those a model was first trained on: the kinds of
/// config.json's `rope_scaling` (in transformers 5 `rope_parameters`) that the Llama and Qwen families use.
public enum RopeScaling: Sendable, Equatable {
    /// All frequencies divided by `factor`.
    case linear(factor: Double)
    /// Stretched with the length of the sequence once that exceeds `max_position_embeddings`; up to there, the length that this model
    /// reads at most, as if unscaled. (Beyond, a token's keys would depend on how many tokens follow it.)
    case dynamic(factor: Double)
    /// Long wavelengths divided by `factor`, short ones kept, those between blended (Llama 3.1).
    case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalPositions: Int)
    /// YaRN (Peng et al. 2023, arXiv 2309.00071).
    case yarn(Yarn)

    public struct Yarn: Sendable, Equatable {
        public var factor: Double
        public var originalPositions: Int
        /// What cosines and sines are multiplied by; nil: from `factor`, and from the two scales where both are given.
        public var attentionFactor: Double?
        public var betaFast: Double
        public var betaSlow: Double
        public var scale: Double?
        public var scaleAllDimensions: Double?
        /// Whether the range of blended dimensions is rounded outwards to whole ones.
        public var truncates: Bool

        public init(
            factor: Double, originalPositions: Int, attentionFactor: Double? = nil, betaFast: Double = 32,
            betaSlow: Double = 1, scale: Double? = nil, scaleAllDimensions: Double? = nil, truncates: Bool = true
        ) {
            self.factor = factor
            self.originalPositions = originalPositions
            self.attentionFactor = attentionFactor
            self.betaFast = betaFast
            self.betaSlow = betaSlow
            self.scale = scale
            self.scaleAllDimensions = scaleAllDimensions
            self.truncates = truncates
        }
    }

    /// - Throws: ``ModelError`` naming the key and its value.
    func validate() throws {
        func require(_ condition: Bool, _ message: String) throws {
            if !condition { throw ModelError("config.json: rope_scaling: \(message)") }
        }
        func requireFactor(_ factor: Double) throws {
            try require(factor >= 1 && factor.isFinite, "factor is \(factor) and must be at least 1")
        }
        switch self {
        case .linear(let factor), .dynamic(let factor): try requireFactor(factor)
        case .llama3(let factor, let low, let high, let original):
            try requireFactor(factor)
            try require(
                low > 0 && high > low && high.isFinite,
                "low_freq_factor \(low) must be positive and below high_freq_factor \(high)")
            try require(original > 0, "original_max_position_embeddings is \(original) and must be positive")
        case .yarn(let yarn):
            try requireFactor(yarn.factor)
            try require(
                yarn.originalPositions > 0,
                "original_max_position_embeddings is \(yarn.originalPositions) and must be positive")
            try require(
                yarn.betaSlow > 0 && yarn.betaFast >= yarn.betaSlow && yarn.betaFast.isFinite,
                "beta_slow \(yarn.betaSlow) must be positive and not above beta_fast \(yarn.betaFast)")
            try require(
                yarn.cosineFactor.isFinite && yarn.cosineFactor > 0, "attention_factor is \(yarn.cosineFactor)")
        }
    }

    /// What cosines and sines are multiplied by.
    var cosineFactor: Double {
        if case .yarn(let yarn) = self { yarn.cosineFactor } else { 1 }
    }

    /// The frequencies [width / 2] of a head of `width`, from the unscaled ones.
    func apply(to frequencies: [Double], width: Int, theta: Double) -> [Double] {
        switch self {
        case .dynamic: frequencies
        case .linear(let factor): frequencies.map { $0 / factor }
        case .llama3(let factor, let low, let high, let original):
            frequencies.map { frequency in
                let turns = Double(original) * frequency / (2 * .pi)
                if turns < low { return frequency / factor }
                if turns > high { return frequency }
                let smooth = (turns - low) / (high - low)
                return (1 - smooth) * frequency / factor + smooth * frequency
            }
        case .yarn(let yarn): yarn.apply(to: frequencies, width: width, theta: theta)
        }
    }
}

extension RopeScaling.Yarn {
    var cosineFactor: Double {
        func growth(_ scale: Double) -> Double { factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1 }
        if let attentionFactor { return attentionFactor }
        if let scale, let scaleAllDimensions, scale != 0, scaleAllDimensions != 0 {
            return growth(scale) / growth(scaleAllDimensions)
        }
        return growth(1)
    }

    fileprivate func apply(to frequencies: [Double], width: Int, theta: Double) -> [Double] {
        // The dimension that turns so many times over the original context.
        func dimension(_ turns: Double) -> Double {
            Double(width) * log(Double(originalPositions) / (turns * 2 * .pi)) / (2 * log(theta))
        }
        var (low, high) = (dimension(betaFast), dimension(betaSlow))
        if truncates { (low, high) = (low.rounded(.down), high.rounded(.up)) }
        low = max(low, 0)
        high = min(high, Double(width - 1))
        if low == high { high += 0.001 }
        return frequencies.enumerated().map { index, frequency in
            let interpolated = min(max((Double(index) - low) / (high - low), 0), 1)
            return frequency / factor * interpolated + frequency * (1 - interpolated)
        }
    }
}
