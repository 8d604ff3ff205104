/// Dynamic sampling: a group whose rewards are all about equal teaches nothing and is left out (arXiv 2510.25992, section 3.2; after DAPO,
/// arXiv 2503.14476, section 3.2).
public struct DynamicSampling: Codable, Sendable, Equatable {
    /// A group is kept when the population standard deviation of its rewards exceeds this.
    public var threshold: Double
    /// How often new instances are drawn at most for one batch; 1 draws once and takes what is left.
    public var maximumDraws: Int

    public init(threshold: Double = 0.01, maximumDraws: Int = 4) {
        self.threshold = threshold
        self.maximumDraws = maximumDraws
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let defaults = DynamicSampling()
        threshold = try values.decodeIfPresent(Double.self, forKey: .threshold) ?? defaults.threshold
        maximumDraws = try values.decodeIfPresent(Int.self, forKey: .maximumDraws) ?? defaults.maximumDraws
    }

    /// Whether a group with these rewards is trained on. Items without a reward do not count; fewer than two rewards are no group.
    public func keeps(_ rewards: [Double?]) -> Bool {
        let known = rewards.compactMap { $0 }
        return known.count >= 2 && GroupAdvantage.moments(known).deviation > threshold
    }
}
