import ServiceAPI

/// How a candidate's scores differ from those that a run trains on, over some of its batches.
public struct MirrorReport: Codable, Sendable, Equatable {
    /// The candidate's, as it last answered.
    public var fingerprint: String?
    /// Batches that were compared.
    public var batches = 0
    /// Batches for which the candidate had no answer, none in time or none that fits.
    public var failedBatches = 0
    /// Batches that it was not asked for, because it was too far behind.
    public var skippedBatches = 0
    /// Items that both have scored.
    public var items = 0
    /// Of these, how many have another reward.
    public var differing = 0
    /// Of the absolute differences of rewards; nil where nothing was compared.
    public var meanDifference: Double?
    public var largestDifference: Double?
    /// Pairs of items of the same group.
    public var pairs = 0
    /// The share of these pairs that both order alike, equal rewards among them: advantages depend on order and distance within a group.
    public var rankAgreement: Double?
    /// Items that the candidate could not score and the run's server could.
    public var errors = 0
    /// Wall time of a batch in seconds: how long the candidate took.
    public var latencyMean: Double?
    public var latencyMaximum: Double?
    /// What the last failed batch failed of.
    public var lastFailure: String?

    public init() {}

    /// Compares a batch.
    ///
    /// - Parameters:
    ///   - scores: those of the run, of each group, of each item.
    ///   - others: the candidate's for the same items.
    ///   - seconds: how long the candidate took.
    package init(_ scores: [[ItemScore]], _ others: [[ItemScore]], fingerprint: String?, seconds: Double) {
        self.fingerprint = fingerprint
        batches = 1
        latencyMean = seconds
        latencyMaximum = seconds
        var sum = 0.0
        var agreeing = 0
        for (group, other) in zip(scores, others) {
            errors += zip(group, other).count { $0.reward != nil && $1.reward == nil }
            let both = zip(group, other).compactMap { score, other in
                score.reward.flatMap { reward in other.reward.map { (reward, $0) } }
            }
            items += both.count
            for (index, (mine, its)) in both.enumerated() {
                let difference = (mine - its).magnitude
                sum += difference
                largestDifference = max(largestDifference ?? 0, difference)
                if difference != 0 { differing += 1 }
                for (otherMine, otherIts) in both[..<index] {
                    pairs += 1
                    if Self.order(mine, otherMine) == Self.order(its, otherIts) { agreeing += 1 }
                }
            }
        }
        if items > 0 { meanDifference = sum / Double(items) }
        if pairs > 0 { rankAgreement = Double(agreeing) / Double(pairs) }
    }

    private static func order(_ one: Double, _ other: Double) -> Int { one < other ? -1 : one > other ? 1 : 0 }

    /// Adds what another report says, of other batches that came later.
    package mutating func add(_ other: MirrorReport) {
        func mean(_ one: Double?, _ count: Int, _ other: Double?, _ otherCount: Int) -> Double? {
            guard count + otherCount > 0 else { return nil }
            return ((one ?? 0) * Double(count) + (other ?? 0) * Double(otherCount)) / Double(count + otherCount)
        }
        func larger(_ one: Double?, _ other: Double?) -> Double? {
            one.map { max($0, other ?? $0) } ?? other
        }
        meanDifference = mean(meanDifference, items, other.meanDifference, other.items)
        rankAgreement = mean(rankAgreement, pairs, other.rankAgreement, other.pairs)
        latencyMean = mean(latencyMean, batches, other.latencyMean, other.batches)
        largestDifference = larger(largestDifference, other.largestDifference)
        latencyMaximum = larger(latencyMaximum, other.latencyMaximum)
        batches += other.batches
        failedBatches += other.failedBatches
        skippedBatches += other.skippedBatches
        items += other.items
        differing += other.differing
        pairs += other.pairs
        errors += other.errors
        fingerprint = other.fingerprint ?? fingerprint
        lastFailure = other.lastFailure ?? lastFailure
    }
}
