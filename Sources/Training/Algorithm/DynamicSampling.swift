/// Dynamic sampling: a group whose rewards are all about equal teaches nothing and is left out (arXiv 2510.25992, section 3.2; after DAPO,
/// arXiv 2503.14476, section 3.2; verl's `filter_groups`).
public struct DynamicSampling: Codable, Sendable, Equatable {
    /// Without it every group with two rewards or more is trained on, and instances are drawn once.
    public var enabled: Bool
    /// A group is kept when the population standard deviation of its rewards, as the servers gave them, exceeds this.
    public var threshold: Double
    /// How often new instances are drawn at most for one batch; 1 draws once and takes what is left.
    public var maximumDraws: Int

    public init(enabled: Bool = true, threshold: Double = 0.01, maximumDraws: Int = 4) {
        self.enabled = enabled
        self.threshold = threshold
        self.maximumDraws = maximumDraws
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let defaults = DynamicSampling()
        enabled = try values.decodeIfPresent(Bool.self, forKey: .enabled) ?? defaults.enabled
        threshold = try values.decodeIfPresent(Double.self, forKey: .threshold) ?? defaults.threshold
        maximumDraws = try values.decodeIfPresent(Int.self, forKey: .maximumDraws) ?? defaults.maximumDraws
    }

    /// Draws that a batch may take.
    var draws: Int { enabled ? maximumDraws : 1 }

    /// Whether a group with these rewards is trained on. Items without a reward do not count; fewer than two rewards are no group.
    public func keeps(_ rewards: [Double?]) -> Bool {
        let known = rewards.compactMap { $0 }
        return known.count >= 2 && (!enabled || GroupAdvantage.moments(known).deviation > threshold)
    }
}
