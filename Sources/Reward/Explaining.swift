import ServiceAPI

/// What the command line's `explain` does with a pair.
public enum Explaining {
    /// Scores the pair and says how the score came about.
    ///
    /// - Throws: `ScoringStopped` when `shouldStop` says so.
    public static func explain(
        _ request: ExplainRequest, with function: any RewardFunction, limits: ScoringLimits = ScoringLimits(),
        shouldStop: () -> Bool = { false }
    ) throws(ScoringStopped) -> ExplainResponse {
        let group = request.group
        let scored = try function.score(group, limits: limits, shouldStop: shouldStop)
        return response(to: group, score: scored.scores[0], by: function)
    }

    /// What is to be said of a pair whose score is known.
    ///
    /// - Parameter group: one of a single item.
    public static func response(
        to group: ScoreGroup, score: ItemScore, by function: any RewardFunction
    ) -> ExplainResponse {
        // What is too long or breaks the format was not compared.
        let comparisons = score.status == .scored ? function.comparisons(in: group) : []
        return ExplainResponse(fingerprint: function.fingerprint, score: score, comparisons: comparisons)
    }
}
