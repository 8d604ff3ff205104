/// GRPO's advantage: how much better a rollout was than the others from the same prompt (arXiv 2402.03300, section 4.1.2).
public struct GroupAdvantage: Sendable, Equatable {
    /// What the distance from the mean is divided by.
    public enum Scale: String, Codable, Sendable, CaseIterable {
        /// The group's own standard deviation plus epsilon: GRPO.
        case groupDeviation
        /// Nothing: Dr. GRPO (arXiv 2503.20783).
        case none
    }

    public var scale: Scale
    /// Added to the standard deviation.
    public var epsilon: Double

    public init(scale: Scale = .groupDeviation, epsilon: Double = 1e-6) {
        self.scale = scale
        self.epsilon = epsilon
    }

    /// (r - mean) / (std + epsilon) of each reward; the deviation is the population's (divided by n).
    ///
    /// A reward that is nil, of an item that could not be scored, has no advantage and takes no part in mean and deviation.
    public func advantages(_ rewards: [Double?]) -> [Double?] {
        let known = rewards.compactMap { $0 }
        guard !known.isEmpty else { return rewards.map { _ in nil } }
        let (mean, deviation) = Self.moments(known)
        let divisor = scale == .none ? 1 : deviation + epsilon
        return rewards.map { reward in reward.map { ($0 - mean) / divisor } }
    }

    /// Mean and population standard deviation; exactly the value and 0 where all are equal, which rounding would spoil.
    static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        if let first = values.first, values.allSatisfy({ $0 == first }) { return (first, 0) }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        return (mean, variance.squareRoot())
    }
}
