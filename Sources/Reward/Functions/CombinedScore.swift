import ServiceAPI

/// What several rewards say of one item, as one score: `combine` within a server, and the weighted sum of several servers.
package enum CombinedScore {
    /// One reward's part in it.
    package struct Part {
        let name: String
        let score: ItemScore
        /// It is reported and not used: an error or a violation of its own leaves the whole as it is.
        let isMeasuredOnly: Bool

        package init(name: String, score: ItemScore, isMeasuredOnly: Bool = false) {
            self.name = name
            self.score = score
            self.isMeasuredOnly = isMeasuredOnly
        }
    }

    /// The score of the whole: an error where a part has one or the total is not finite, a format violation where a part is one.
    ///
    /// - Parameter total: the reward of the whole, from those of the parts; 0 for a part that is only measured and has none.
    package static func of(_ parts: [Part], total: ([Double]) -> Double) -> ItemScore {
        var rewards: [Double] = []
        var components: [String: Double] = [:]
        var details: [String: JSONValue] = [:]
        var violation: String?
        for part in parts {
            switch part.score {
            case .error(let error):
                // A part that has no number leaves the whole without one.
                guard part.isMeasuredOnly else {
                    return .error(ItemError(code: error.code, message: "\(part.name): \(error.message)"))
                }
                rewards.append(0)
            case .formatViolation(let reward, let reason):
                rewards.append(reward)
                if !part.isMeasuredOnly { violation = violation ?? reason }
            case .scored(let reward, let itsComponents, let itsDetails):
                rewards.append(reward)
                components[part.name] = reward
                for (name, value) in itsComponents { components["\(part.name).\(name)"] = value }
                if !itsDetails.isEmpty { details[part.name] = .object(itsDetails) }
            }
        }
        let reward = total(rewards)
        guard reward.isFinite else {
            return .error(ItemError(code: "notFinite", message: "the combined reward is \(reward)"))
        }
        if let violation { return .formatViolation(reward: reward, reason: violation) }
        return .scored(reward: reward, components: components, details: details)
    }
}
