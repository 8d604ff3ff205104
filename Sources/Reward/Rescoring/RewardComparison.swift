/// How the rewards of one way of scoring differ from those of another, in numbers that are kept while groups come by.
///
/// What counts for training is order and distance within a group: correlation over everything is high already where groups differ in difficulty.
package struct RewardComparison: Sendable, Encodable, Equatable {
    /// Items that both have given a reward.
    package private(set) var items = 0
    /// Of these, with another reward.
    package private(set) var differing = 0
    package private(set) var meanDifference: Double?
    package private(set) var largestDifference: Double?
    /// Groups of two items or more that both have given a reward.
    package private(set) var groups = 0
    /// Groups in which no item that was best by the one is best by the other.
    package private(set) var bestChanged = 0
    /// Groups in which some item was above the mean by the one and is below it by the other: its advantage changes sign.
    package private(set) var signChanged = 0
    /// Items of which that is so.
    package private(set) var itemsWithSignChanged = 0
    /// Groups whose rewards differed by the one and are all the same by the other: they no longer teach anything.
    package private(set) var signalLost = 0
    /// The reverse.
    package private(set) var signalGained = 0
    private var moments = CoMoments()
    private var tauSum = 0.0
    private var tauCount = 0

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case items, differing, meanDifference, largestDifference, groups, bestChanged, signChanged, itemsWithSignChanged
        case signalLost, signalGained, pearson, kendall
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(items, forKey: .items)
        try container.encode(differing, forKey: .differing)
        try container.encodeIfPresent(meanDifference, forKey: .meanDifference)
        try container.encodeIfPresent(largestDifference, forKey: .largestDifference)
        try container.encode(groups, forKey: .groups)
        try container.encode(bestChanged, forKey: .bestChanged)
        try container.encode(signChanged, forKey: .signChanged)
        try container.encode(itemsWithSignChanged, forKey: .itemsWithSignChanged)
        try container.encode(signalLost, forKey: .signalLost)
        try container.encode(signalGained, forKey: .signalGained)
        try container.encodeIfPresent(pearson, forKey: .pearson)
        try container.encodeIfPresent(kendall, forKey: .kendall)
    }

    /// Pearson's correlation over all items; nil where one side is constant.
    package var pearson: Double? { moments.correlation }

    /// Kendall's tau-b within each group, averaged over the groups that have one (both sides differ in them); nil where none has.
    package var kendall: Double? { tauCount > 0 ? tauSum / Double(tauCount) : nil }

    /// Rewards that are closer than this are the same: they may have come through JSON, or from another machine's arithmetic.
    private static let tolerance = 1e-9

    /// Adds a group: the rewards of its items by the one and by the other, nil for an item without.
    package mutating func add(_ one: [Double?], _ other: [Double?]) {
        let both = zip(one, other).compactMap { one, other in one.flatMap { one in other.map { (one, $0) } } }
        for (x, y) in both {
            let difference = (x - y).magnitude
            items += 1
            if difference > Self.tolerance { differing += 1 }
            meanDifference = (meanDifference ?? 0) + (difference - (meanDifference ?? 0)) / Double(items)
            largestDifference = max(largestDifference ?? 0, difference)
            moments.add(x, y)
        }
        guard both.count > 1 else { return }
        groups += 1
        let (x, y) = (both.map(\.0), both.map(\.1))
        if let best = x.max(), let otherBest = y.max() {
            let stays = both.contains { $0.0 >= best - Self.tolerance && $0.1 >= otherBest - Self.tolerance }
            if !stays { bestChanged += 1 }
        }
        let (signs, otherSigns) = (Self.signs(x), Self.signs(y))
        let changed = zip(signs, otherSigns).count { $0 * $1 < 0 }
        itemsWithSignChanged += changed
        if changed > 0 { signChanged += 1 }
        let (teaches, otherTeaches) = (signs.contains { $0 != 0 }, otherSigns.contains { $0 != 0 })
        if teaches, !otherTeaches { signalLost += 1 }
        if !teaches, otherTeaches { signalGained += 1 }
        if let tau = Self.tau(x, y) {
            tauSum += tau
            tauCount += 1
        }
    }

    /// Of each value less the mean.
    private static func signs(_ values: [Double]) -> [Int] {
        let mean = values.reduce(0, +) / Double(values.count)
        return values.map { $0 > mean + tolerance ? 1 : $0 < mean - tolerance ? -1 : 0 }
    }

    private static func order(_ one: Double, _ other: Double) -> Int {
        (one - other).magnitude <= tolerance ? 0 : one < other ? -1 : 1
    }

    /// Kendall's tau-b (Biometrika 33, 1945): agreement of the order of pairs, with ties taken out of the number of pairs; nil where one side is
    /// constant.
    static func tau(_ x: [Double], _ y: [Double]) -> Double? {
        var (score, untied, otherUntied) = (0, 0, 0)
        for index in x.indices {
            for earlier in 0..<index {
                let (one, other) = (order(x[earlier], x[index]), order(y[earlier], y[index]))
                score += one * other
                untied += one.magnitude == 1 ? 1 : 0
                otherUntied += other.magnitude == 1 ? 1 : 0
            }
        }
        guard untied > 0, otherUntied > 0 else { return nil }
        return Double(score) / (Double(untied) * Double(otherUntied)).squareRoot()
    }
}

/// Means, sums of squares and of products about them, kept while pairs come by.
private struct CoMoments: Sendable, Equatable {
    private var count = 0.0
    private var meanX = 0.0
    private var meanY = 0.0
    private var xx = 0.0
    private var yy = 0.0
    private var xy = 0.0

    mutating func add(_ x: Double, _ y: Double) {
        count += 1
        let (fromX, fromY) = (x - meanX, y - meanY)
        meanX += fromX / count
        meanY += fromY / count
        xx += fromX * (x - meanX)
        yy += fromY * (y - meanY)
        xy += fromX * (y - meanY)
    }

    var correlation: Double? {
        guard xx > 0, yy > 0 else { return nil }
        return min(1, max(-1, xy / (xx.squareRoot() * yy.squareRoot())))
    }
}
