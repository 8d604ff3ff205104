import ServiceAPI

/// What one way of scoring gave, in numbers that are kept while items come by.
package struct RewardSummary: Sendable, Encodable, Equatable {
    package private(set) var items = 0
    package private(set) var formatViolations = 0
    package private(set) var errors = 0
    package private(set) var missing = 0
    /// Of all rewards, those of format violations too; nil where there is none.
    package private(set) var mean: Double?
    private var squares = 0.0

    package init() {}

    private enum CodingKeys: String, CodingKey { case items, formatViolations, errors, missing, mean, deviation }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(items, forKey: .items)
        try container.encode(formatViolations, forKey: .formatViolations)
        try container.encode(errors, forKey: .errors)
        try container.encode(missing, forKey: .missing)
        try container.encodeIfPresent(mean, forKey: .mean)
        try container.encodeIfPresent(deviation, forKey: .deviation)
    }

    /// Items with a reward.
    package var rewards: Int { items - errors - missing }

    /// The population's standard deviation.
    package var deviation: Double? { mean.map { _ in (squares / Double(rewards)).squareRoot() } }

    /// - Parameter score: nil where an item has none.
    package mutating func add(_ score: ItemScore?) {
        items += 1
        guard let score else {
            missing += 1
            return
        }
        if score.status == .formatViolation { formatViolations += 1 }
        guard let reward = score.reward else {
            errors += 1
            return
        }
        // Welford's way: sums of squares would lose the difference of large numbers.
        let before = mean ?? 0
        let now = before + (reward - before) / Double(rewards)
        squares += (reward - before) * (reward - now)
        mean = now
    }
}
