import ServiceAPI
import Trajectory

/// What the functions that score actions have in common: taking the monologue off, and refusing what is too long.
package enum GroupItems {
    /// The actions of a group, in order; one that has none is a format violation.
    package static func actions(of group: ScoreGroup) -> [Result<String, FormatViolation>] {
        group.completions?.map(parse) ?? group.actions?.map(check) ?? []
    }

    private static func parse(_ completion: String) -> Result<String, FormatViolation> {
        switch Monologue.parse(completion) {
        case .action(_, let action): .success(action)
        case .violation(let violation): .failure(violation)
        }
    }

    /// An action is scored as it is, unless there is none.
    private static func check(_ action: String) -> Result<String, FormatViolation> {
        action.unicodeScalars.allSatisfy(\.properties.isWhitespace) ? .failure(.emptyAction) : .success(action)
    }

    package static func tooLong(_ text: String, _ what: String, _ limits: ScoringLimits) -> ItemError? {
        // Bytes are known at once, and no text has more code points than bytes.
        if text.utf8.count <= limits.maximumTextLength { return nil }
        let length = text.unicodeScalars.count
        if length <= limits.maximumTextLength { return nil }
        return ItemError(
            code: "textTooLong",
            message: "\(what) has \(length) code points; the limit maximumTextLength is \(limits.maximumTextLength)")
    }

    /// Scores each action with `body`; format violations get `violationReward`.
    ///
    /// - Parameters:
    ///   - items: The group's items where they are not its actions as they are.
    ///   - expertError: What became of every action when the expert step is at fault.
    ///   - body: Scores one action that is within the limits.
    package static func score(
        _ items: [Result<String, FormatViolation>]? = nil, of group: ScoreGroup, violationReward: Double,
        limits: ScoringLimits, expertError: ItemError? = nil,
        shouldStop: () -> Bool, body: (String) -> ItemScore
    ) throws(ScoringStopped) -> ScoredGroup {
        let expertError = tooLong(group.expert, "the expert step", limits) ?? expertError
        var scores: [ItemScore] = []
        for item in items ?? actions(of: group) {
            if shouldStop() { throw ScoringStopped() }
            switch item {
            case .failure(let violation):
                scores.append(.formatViolation(reward: violationReward, reason: violation.rawValue))
            case .success(let action):
                if let error = expertError ?? tooLong(action, "the action", limits) {
                    scores.append(.error(error))
                } else {
                    scores.append(body(action))
                }
            }
        }
        return ScoredGroup(id: group.id, scores: scores)
    }
}
