/// What becomes of rollouts that are too long (DAPO, arXiv 2503.14476, section 3.4).
public struct Overlong: Codable, Sendable, Equatable {
    /// A rollout that was cut off takes no part in the loss; its reward stays in its group's mean (TRL's `mask_truncated_completions`).
    public var maskTruncated: Bool
    /// The last so many tokens before the maximum cost reward, the more the further a rollout reaches; 0 for no penalty (verl's
    /// `overlong_buffer.len`).
    public var bufferTokens: Int
    /// What a rollout of the maximum length loses (verl's `overlong_buffer.penalty_factor`).
    public var penaltyFactor: Double

    public init(maskTruncated: Bool = false, bufferTokens: Int = 0, penaltyFactor: Double = 1) {
        self.maskTruncated = maskTruncated
        self.bufferTokens = bufferTokens
        self.penaltyFactor = penaltyFactor
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let defaults = Overlong()
        maskTruncated = try values.decodeIfPresent(Bool.self, forKey: .maskTruncated) ?? defaults.maskTruncated
        bufferTokens = try values.decodeIfPresent(Int.self, forKey: .bufferTokens) ?? defaults.bufferTokens
        penaltyFactor = try values.decodeIfPresent(Double.self, forKey: .penaltyFactor) ?? defaults.penaltyFactor
    }

    /// What is added to the reward of a rollout of `length` tokens where it may have `maximum`: 0 or less.
    public func penalty(length: Int, maximum: Int) -> Double {
        guard bufferTokens > 0 else { return 0 }
        let exceeding = length - (maximum - bufferTokens)
        return min(0, -Double(exceeding) / Double(bufferTokens) * penaltyFactor)
    }
}
