import ServiceAPI

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
    public var componentNames: [String] { [Self.component] }

    public init(parameters: [String: JSONValue]) throws(ProblemDetails) {
        self.init(try SimilarityParameters(parameters))
    }

    public init(parameters: [String: JSONValue], environment: RewardEnvironment) throws(ProblemDetails) {
        self.init(try SimilarityParameters(parameters, tokenizers: environment.tokenizers))
    }

    public init(_ parameters: SimilarityParameters) {
        self.parameters = parameters
        fingerprint = Fingerprint.of(name: Self.name, version: Self.version, parameters: parameters.effective)
    }

    public func score(
        _ group: ScoreGroup, limits: ScoringLimits, shouldStop: () -> Bool
    ) throws(ScoringStopped) -> ScoredGroup {
        let expertTooLong = GroupItems.tooLong(group.expert, "the expert step", limits)
        // An expert step that is too long is compared with nothing.
        var comparison = Comparison(with: expertTooLong == nil ? group.expert : "", parameters)
        return try GroupItems.score(
            of: group, violationReward: parameters.formatViolationReward, limits: limits, shouldStop: shouldStop
        ) { action in
            let similarity = comparison.ratio(of: action)
            return .scored(reward: similarity, components: [Self.component: similarity])
        }
    }

    public func comparisons(in group: ScoreGroup) -> [SequenceComparison] {
        guard case .success(let action)? = GroupItems.actions(of: group).first else { return [] }
        return [SequenceComparison(of: action, with: group.expert, parameters)]
    }
}
