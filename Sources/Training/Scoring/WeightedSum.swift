import Reward
import ServiceAPI

/// Adds up what several sources say of the same items, as the reward function `combine` does within one server.
enum WeightedSum {
    /// The scores of all items.
    ///
    /// - Parameter columns: of each source: of each group, of each item.
    static func of(_ columns: [[[ItemScore]]], sources: [RewardSource]) -> [[ItemScore]] {
        // One reward as it is stays as it is, to the last detail.
        if sources.count == 1, sources[0].weight == 1 { return columns[0] }
        return columns[0].indices.map { group in
            columns[0][group].indices.map { item in sum(columns.map { $0[group][item] }, sources: sources) }
        }
    }

    private static func sum(_ scores: [ItemScore], sources: [RewardSource]) -> ItemScore {
        CombinedScore.of(
            zip(sources, scores).map { .init(name: $0.name, score: $1, isMeasuredOnly: $0.weight == 0) },
            total: { rewards in zip(sources, rewards).reduce(0) { $0 + $1.0.weight * $1.1 } })
    }

    /// What identifies the sum: the fingerprint of the only reward, or `0.8*<fingerprint> + 0.2*<fingerprint>`.
    static func fingerprint(of fingerprints: [String], sources: [RewardSource]) -> String {
        if sources.count == 1, sources[0].weight == 1 { return fingerprints[0] }
        return zip(sources, fingerprints).map { "\(JSONValue.number($0.weight).canonicalText)*\($1)" }
            .joined(separator: " + ")
    }
}
