import ServiceAPI

/// What the service and the command line's `score` do with a request.
public enum Scoring {
    /// Scores all groups, in the request's order.
    ///
    /// - Parameter shouldStop: Asked before each item.
    /// - Throws: `ProblemDetails` for a function or parameters that do not exist, `ScoringStopped` when `shouldStop` says so.
    public static func score(
        _ request: ScoreRequest, registry: RewardRegistry = .standard, limits: ScoringLimits = ScoringLimits(),
        shouldStop: () -> Bool = { false }
    ) throws -> ScoreResponse {
        try score(
            request.groups, with: try registry.make(name: request.function, parameters: request.parameters ?? [:]),
            limits: limits, shouldStop: shouldStop)
    }

    /// Scores groups with a function that has been made, in their order.
    ///
    /// - Throws: `ScoringStopped` when `shouldStop` says so.
    public static func score(
        _ groups: [ScoreGroup], with function: any RewardFunction, limits: ScoringLimits = ScoringLimits(),
        shouldStop: () -> Bool = { false }
    ) throws(ScoringStopped) -> ScoreResponse {
        var scored: [ScoredGroup] = []
        scored.reserveCapacity(groups.count)
        for group in groups {
            scored.append(try function.score(group, limits: limits, shouldStop: shouldStop))
        }
        return ScoreResponse(fingerprint: function.fingerprint, groups: scored)
    }
}
