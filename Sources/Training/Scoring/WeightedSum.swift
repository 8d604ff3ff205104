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
        var reward = 0.0
        var components: [String: Double] = [:]
        var details: [String: JSONValue] = [:]
        var violation: String?
        for (source, score) in zip(sources, scores) {
            switch score {
            case .error(let error):
                // A part that has no number leaves the whole without one.
                return .error(ItemError(code: error.code, message: "\(source.name): \(error.message)"))
            case .formatViolation(let itsReward, let reason):
                reward += source.weight * itsReward
                violation = violation ?? reason
            case .scored(let itsReward, let itsComponents, let itsDetails):
                reward += source.weight * itsReward
                components[source.name] = itsReward
                for (name, value) in itsComponents { components["\(source.name).\(name)"] = value }
                if !itsDetails.isEmpty { details[source.name] = .object(itsDetails) }
            }
        }
        guard reward.isFinite else {
            return .error(ItemError(code: "notFinite", message: "the weighted sum of the rewards is \(reward)"))
        }
        if let violation { return .formatViolation(reward: reward, reason: violation) }
        return .scored(reward: reward, components: components, details: details)
    }

    /// What identifies the sum: the fingerprint of the only reward, or `0.8*<fingerprint> + 0.2*<fingerprint>`.
    static func fingerprint(of fingerprints: [String], sources: [RewardSource]) -> String {
        if sources.count == 1, sources[0].weight == 1 { return fingerprints[0] }
        return zip(sources, fingerprints).map { "\(JSONValue.number($0.weight).canonicalText)*\($1)" }
            .joined(separator: " + ")
    }
}
