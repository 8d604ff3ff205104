import ServiceAPI
import Trajectory

/// The similarity of a whole solution to the expert's whole solution: the paper's ablation without steps (arXiv 2510.25992, "one-step" or
/// holistic similarity).
///
/// The same ratio as `srl.similarity`. What differs is what is compared: the expert is the whole solution, and so is the action, which may have been thought
/// out step by step, with a monologue before each.
public struct TrajectoryReward: RewardFunction {
    public static let name = "srl.trajectory"
    public static let version = 1
    public static let summary =
        "The similarity of srl.similarity over the whole solution, without its monologue or monologues: the ablation without steps."

    /// The one component of a scored item: the similarity itself.
    public static let component = "similarity"

    /// How many monologues a completion has.
    enum Monologues: String, CaseIterable {
        /// One, at its start, as in a step.
        case one
        /// Any number, anywhere; each well-formed.
        case any
    }

    private let parameters: SimilarityParameters
    private let monologues: Monologues
    public let fingerprint: String
    public var componentNames: [String] { [Self.component] }

    public init(parameters: [String: JSONValue]) throws(ProblemDetails) {
        try self.init(parameters: parameters, environment: RewardEnvironment())
    }

    public init(parameters: [String: JSONValue], environment: RewardEnvironment) throws(ProblemDetails) {
        var reader = ParameterReader(parameters)
        self.parameters = try SimilarityParameters(reading: &reader, tokenizers: environment.tokenizers)
        monologues = try reader.choice("monologues", default: .one)
        try reader.refuseUnknown()
        var effective = self.parameters.effective
        effective["monologues"] = .string(monologues.rawValue)
        fingerprint = Fingerprint.of(name: Self.name, version: Self.version, parameters: effective)
    }

    public static let parameterSchema = ParameterSchema.object(
        SimilarityParameters.properties.merging([
            "monologues": [
                "enum": ["one", "any"], "default": "one",
                "description": "Whether a completion has exactly one monologue, at its start, or any number of them.",
            ]
        ]) { _, new in new })

    public func score(
        _ group: ScoreGroup, limits: ScoringLimits, shouldStop: () -> Bool
    ) throws(ScoringStopped) -> ScoredGroup {
        let tooLong = GroupItems.tooLong(group.expert, "the expert's solution", limits)
        var comparison = Comparison(with: tooLong == nil ? group.expert : "", parameters)
        return try GroupItems.score(
            solutions(of: group), of: group, violationReward: parameters.formatViolationReward, limits: limits,
            shouldStop: shouldStop
        ) { solution in
            let similarity = comparison.ratio(of: solution)
            return .scored(reward: similarity, components: [Self.component: similarity])
        }
    }

    public func comparisons(in group: ScoreGroup) -> [SequenceComparison] {
        guard case .success(let solution)? = solutions(of: group).first else { return [] }
        return [SequenceComparison(of: solution, with: group.expert, parameters)]
    }

    private func solutions(of group: ScoreGroup) -> [Result<String, FormatViolation>] {
        guard monologues == .any, let completions = group.completions else { return GroupItems.actions(of: group) }
        return completions.map { completion in
            var solution = ""
            var rest = completion[...]
            while let opening = rest.firstRange(of: Monologue.openingTag) {
                let before = rest[..<opening.lowerBound]
                if before.contains(Monologue.closingTag) { return .failure(.strayClosingTag) }
                solution += before
                rest = rest[opening.upperBound...]
                guard let closing = rest.firstRange(of: Monologue.closingTag) else { return .failure(.unclosed) }
                if rest[..<closing.lowerBound].contains(Monologue.openingTag) { return .failure(.nested) }
                rest = rest[closing.upperBound...]
            }
            if rest.contains(Monologue.closingTag) { return .failure(.strayClosingTag) }
            solution = Monologue.trimmed(solution + rest)
            return solution.isEmpty ? .failure(.emptyAction) : .success(solution)
        }
    }
}
