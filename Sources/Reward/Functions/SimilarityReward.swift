import ServiceAPI
import Trajectory

/// The reward of SRL (arXiv 2510.25992, section 3.2): how much of the expert step the action repeats.
///
/// r = 2M/T, exactly CPython's `difflib.SequenceMatcher(None, action, expert).ratio()`, on the action alone; the monologue
/// is not compared. An item that breaks the format has a reward of its own.
public struct SimilarityReward: RewardFunction {
    public static let name = "srl.similarity"
    public static let version = 1
    public static let summary =
        "2M/T of difflib.SequenceMatcher(None, action, expert), on the action alone; a reward of its own for a broken format."
    public static var parameterSchema: JSONValue { SimilarityParameters.schema }

    /// The one component of a scored item: the similarity itself.
    public static let component = "similarity"

    public let parameters: SimilarityParameters
    public let fingerprint: String

    public init(parameters: [String: JSONValue]) throws(ProblemDetails) {
        self.init(try SimilarityParameters(parameters))
    }

    public init(_ parameters: SimilarityParameters) {
        self.parameters = parameters
        fingerprint = Fingerprint.of(name: Self.name, version: Self.version, parameters: parameters.effective)
    }

    public func score(
        _ group: ScoreGroup, limits: ScoringLimits, shouldStop: () -> Bool
    ) throws(ScoringStopped) -> ScoredGroup {
        let items = group.completions?.map(Self.parse) ?? group.actions?.map(Self.check) ?? []
        var scores: [ItemScore] = []
        scores.reserveCapacity(items.count)
        let expertTooLong = tooLong(group.expert, "the expert step", limits)
        // An expert step that is too long is compared with nothing.
        var comparison = Comparison(with: expertTooLong == nil ? group.expert : "", parameters)
        for item in items {
            if shouldStop() { throw ScoringStopped() }
            switch item {
            case .failure(let violation):
                scores.append(
                    .formatViolation(reward: parameters.formatViolationReward, reason: violation.rawValue))
            case .success(let action):
                if let error = expertTooLong ?? tooLong(action, "the action", limits) {
                    scores.append(.error(error))
                    continue
                }
                let similarity = comparison.ratio(of: action)
                scores.append(.scored(reward: similarity, components: [Self.component: similarity]))
            }
        }
        return ScoredGroup(id: group.id, scores: scores)
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

    private func tooLong(_ text: String, _ what: String, _ limits: ScoringLimits) -> ItemError? {
        // Bytes are known at once, and no text has more code points than bytes.
        if text.utf8.count <= limits.maximumTextLength { return nil }
        let length = text.unicodeScalars.count
        if length <= limits.maximumTextLength { return nil }
        return ItemError(
            code: "textTooLong",
            message: "\(what) has \(length) code points; the limit maximumTextLength is \(limits.maximumTextLength)")
    }
}
