import ServiceAPI
import Trajectory

/// The similarity of what an agent does to what the expert does: of tool calls and shell commands, not of the words around them
/// (arXiv 2510.25992, section 4.3: the action is the command that is sent to the environment).
///
/// Both are brought into one way of writing first, so that the order of JSON arguments, quotes and spaces do not count; then r = 2M/T as in
/// `srl.similarity`, over Unicode scalars.
public struct AgentActionReward: RewardFunction {
    public static let name = "agent.action"
    public static let version = 1
    public static let summary =
        "2M/T of normalised tool calls and shell commands: XML and JSON function calls, fenced and bare commands; the words around them do not count."

    private let words: Words
    private let requireSameTool: Bool
    private let autojunk: Bool
    private let formatViolationReward: Double
    public let fingerprint: String
    public var componentNames: [String] { ["similarity", "sameTool", "sameArguments"] }

    /// What is done with the words around calls.
    enum Words: String, CaseIterable { case ignore, compare }

    public init(parameters: [String: JSONValue]) throws(ProblemDetails) {
        var reader = ParameterReader(parameters)
        words = try reader.choice("words", default: .ignore)
        requireSameTool = try reader.bool("requireSameTool", default: false)
        autojunk = try reader.bool("autojunk", default: false)
        formatViolationReward = try reader.number("formatViolationReward", default: -1, in: -1000...1000)
        try reader.refuseUnknown()
        fingerprint = Fingerprint.of(
            name: Self.name, version: Self.version,
            parameters: [
                "words": .string(words.rawValue), "requireSameTool": .bool(requireSameTool),
                "autojunk": .bool(autojunk),
                "formatViolationReward": .number(formatViolationReward),
            ])
    }

    public static let parameterSchema = ParameterSchema.object([
        "words": [
            "enum": ["ignore", "compare"], "default": "ignore",
            "description": "Whether the words around calls are left out, or compared with them.",
        ],
        "requireSameTool": [
            "type": "boolean", "default": false,
            "description": "Give 0 when the tools, in order, are not the expert's.",
        ],
        "autojunk": [
            "type": "boolean", "default": false,
            "description": "difflib's heuristic for expert actions of 200 characters or more; off is 2M/T.",
        ],
        "formatViolationReward": ParameterSchema.formatViolationReward(default: -1),
    ])

    public func score(
        _ group: ScoreGroup, limits: ScoringLimits, shouldStop: () -> Bool
    ) throws(ScoringStopped) -> ScoredGroup {
        var expert: (calls: [AgentCall], words: String) = ([], "")
        var expertError = GroupItems.tooLong(group.expert, "the expert's action", limits)
        if expertError == nil {
            do throws(AgentActionParser.Malformed) { expert = try AgentActionParser.parse(group.expert) } catch {
                expertError = ItemError(
                    code: "expertUnparsable", message: "the expert's action has no well-formed call: \(error.reason)")
            }
        }
        var matcher = ScalarMatcher(expert: text(of: expert), autojunk: autojunk)
        return try GroupItems.score(
            of: group, violationReward: formatViolationReward, limits: limits, expertError: expertError,
            shouldStop: shouldStop
        ) { action in
            let found: (calls: [AgentCall], words: String)
            do throws(AgentActionParser.Malformed) { found = try AgentActionParser.parse(action) } catch {
                return .formatViolation(reward: formatViolationReward, reason: error.reason)
            }
            let similarity = matcher.ratio(of: text(of: found))
            let sameTools = found.calls.map(\.tool) == expert.calls.map(\.tool)
            let shared =
                sameTools && !found.calls.isEmpty
                ? zip(found.calls, expert.calls).reduce(0) { $0 + $1.0.sharedArguments(with: $1.1) }
                    / Double(found.calls.count) : 0
            return .scored(
                reward: requireSameTool && !sameTools ? 0 : similarity,
                components: ["similarity": similarity, "sameTool": sameTools ? 1 : 0, "sameArguments": shared])
        }
    }

    public func comparisons(in group: ScoreGroup) -> [SequenceComparison] {
        guard case .success(let action)? = GroupItems.actions(of: group).first,
            let found = try? AgentActionParser.parse(action), let expert = try? AgentActionParser.parse(group.expert)
        else { return [] }
        return [SequenceComparison(ofScalars: text(of: found), with: text(of: expert), autojunk: autojunk)]
    }

    private func text(of action: (calls: [AgentCall], words: String)) -> String {
        let calls = action.calls.map(\.canonicalText).joined(separator: "\n")
        guard words == .compare else { return calls }
        return TextElements.words(of: action.words).joined(separator: " ") + "\n" + calls
    }
}
