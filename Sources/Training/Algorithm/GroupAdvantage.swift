/// GRPO's advantage: how much better a rollout was than the others from the same prompt (arXiv 2402.03300, section 4.1.2).
public struct GroupAdvantage: Sendable, Equatable {
    /// What the distance from the group's mean is divided by.
    public enum Scale: String, Codable, Sendable, CaseIterable {
        /// The group's own standard deviation plus epsilon: GRPO (TRL's `scale_rewards: group`).
        case groupDeviation
        /// The standard deviation of all rewards that the batch trains on, plus epsilon (TRL's `scale_rewards: batch`).
        case batchDeviation
        /// Nothing: Dr. GRPO (arXiv 2503.20783).
        case none
        /// Nothing, and the mean is that of the others of the group: leave-one-out (RLOO, arXiv 2402.14740).
        case leaveOneOut
    }

    public var scale: Scale
    /// Added to the standard deviation.
    public var epsilon: Double
    /// Delta degrees of freedom of the standard deviation: what is taken off n in its divisor. 0 is the population's; PyTorch's default is 1.
    public var ddof: Int

    public init(scale: Scale = .groupDeviation, epsilon: Double = 1e-6, ddof: Int = 0) {
        self.scale = scale
        self.epsilon = epsilon
        self.ddof = ddof
    }

    /// (r - mean) / (std + epsilon) of each reward of one group, which is the whole batch.
    ///
    /// A reward that is nil, of an item that could not be scored, has no advantage and takes no part in mean and deviation.
    public func advantages(_ rewards: [Double?]) -> [Double?] { advantages(of: [rewards])[0] }

    /// The same for each group of a batch.
    public func advantages(of groups: [[Double?]]) -> [[Double?]] {
        let batchDivisor =
            scale == .batchDeviation
            ? deviation(groups.flatMap { $0.compactMap { $0 } }) + epsilon : 1
        return groups.map { rewards in
            let known = rewards.compactMap { $0 }
            guard !known.isEmpty else { return rewards.map { _ in nil } }
            let mean = Self.moments(known).mean
            switch scale {
            case .groupDeviation, .none, .batchDeviation:
                let divisor = scale == .groupDeviation ? deviation(known) + epsilon : batchDivisor
                return rewards.map { reward in reward.map { divisor > 0 ? ($0 - mean) / divisor : 0 } }
            case .leaveOneOut:
                // r - (n * mean - r) / (n - 1); the only one of its group has nothing to be compared with.
                let factor = known.count > 1 ? Double(known.count) / Double(known.count - 1) : 0
                return rewards.map { reward in reward.map { ($0 - mean) * factor } }
            }
        }
    }

    /// The standard deviation with ``ddof``; 0 where there are too few values for one.
    private func deviation(_ values: [Double]) -> Double {
        let deviation = Self.moments(values).deviation
        guard ddof > 0 else { return deviation }
        guard values.count > ddof else { return 0 }
        return deviation * (Double(values.count) / Double(values.count - ddof)).squareRoot()
    }

    /// Mean and population standard deviation; exactly the value and 0 where all are equal, which rounding would spoil.
    static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        if let first = values.first, values.allSatisfy({ $0 == first }) { return (first, 0) }
        guard !values.isEmpty else { return (0, 0) }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        return (mean, variance.squareRoot())
    }
}
