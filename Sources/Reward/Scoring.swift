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
        let function = try registry.make(name: request.function, parameters: request.parameters ?? [:])
        var groups: [ScoredGroup] = []
        groups.reserveCapacity(request.groups.count)
        for group in request.groups {
            groups.append(try function.score(group, limits: limits, shouldStop: shouldStop))
        }
        return ScoreResponse(fingerprint: function.fingerprint, groups: groups)
    }
}
