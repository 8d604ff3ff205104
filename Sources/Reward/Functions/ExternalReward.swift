import ServiceAPI
import Trajectory

/// A user's own program that scores, as the function `external` sees it. How it is run is not this module's business.
public protocol ExternalProgram: Sendable {
    /// Which program it is: its command and the version that its owner gave it. Part of fingerprints.
    var identity: String { get }

    /// The program's answer to one message; waits for it.
    ///
    /// - Throws: `ItemError` when there is none: the program died, took too long, or answered something else.
    func answer(to message: [String: JSONValue]) throws(ItemError) -> [String: JSONValue]
}

/// A user's own function without a fork: a program that the service runs (docs/own-function.md).
public struct ExternalReward: RewardFunction {
    public static let name = "external"
    public static let version = 1
    public static let summary = "A program of yours, which the service is configured with and speaks to in JSON lines."

    private let program: any ExternalProgram
    private let options: [String: JSONValue]
    private let formatViolationReward: Double
    public let fingerprint: String
    public let mayWait = true

    public init(parameters: [String: JSONValue]) throws(ProblemDetails) {
        try self.init(parameters: parameters, environment: RewardEnvironment())
    }

    public init(parameters: [String: JSONValue], environment: RewardEnvironment) throws(ProblemDetails) {
        var reader = ParameterReader(parameters)
        let names = environment.programs.keys.sorted()
        // The first by name stands in where none is named, so that a single one need not be.
        let name = try reader.optionalString("program") ?? names.first ?? ""
        options = try reader.object("options", default: [:])
        formatViolationReward = try reader.number("formatViolationReward", default: -1, in: -1000...1000)
        try reader.refuseUnknown()
        guard let program = environment.programs[name] else {
            let known = names.isEmpty ? "this server has none" : "this server has \(names.joined(separator: ", "))"
            throw reader.problem("program", "there is no program '\(name)'; \(known)")
        }
        self.program = program
        fingerprint = Fingerprint.of(
            name: Self.name, version: Self.version,
            parameters: [
                "program": .string(name), "identity": .string(program.identity), "options": .object(options),
                "formatViolationReward": .number(formatViolationReward),
            ])
    }

    public static var parameterSchema: JSONValue { parameterSchema(in: RewardEnvironment()) }

    public static func parameterSchema(in environment: RewardEnvironment) -> JSONValue {
        let names = environment.programs.keys.sorted()
        return ParameterSchema.object([
            "program": [
                "enum": .array(names.map { .string($0) }), "default": names.first.map { .string($0) } ?? .null,
                "description": "One of the programs that the server is configured with.",
            ],
            "options": [
                "type": "object", "default": [:], "description": "Given to the program with every group, as it is.",
            ],
            "formatViolationReward": ParameterSchema.formatViolationReward(default: -1),
        ])
    }

    public func score(
        _ group: ScoreGroup, limits: ScoringLimits, shouldStop: () -> Bool
    ) throws(ScoringStopped) -> ScoredGroup {
        if shouldStop() { throw ScoringStopped() }
        let items = GroupItems.actions(of: group)
        let expertError = GroupItems.tooLong(group.expert, "the expert step", limits)
        // Only what can be scored is sent; the rest has its score already.
        var scores: [ItemScore?] = items.map { item in
            switch item {
            case .failure(let violation): .formatViolation(reward: formatViolationReward, reason: violation.rawValue)
            case .success(let action):
                (expertError ?? GroupItems.tooLong(action, "the action", limits)).map { .error($0) }
            }
        }
        let open = items.indices.filter { scores[$0] == nil }
        if !open.isEmpty {
            let actions = open.compactMap { try? items[$0].get() }
            do throws(ItemError) {
                let answer = try program.answer(to: [
                    "expert": .string(group.expert), "actions": .array(actions.map { .string($0) }),
                    "options": .object(options),
                ])
                let answers = try Self.scores(in: answer, count: open.count)
                for (index, score) in zip(open, answers) { scores[index] = score }
            } catch {
                for index in open { scores[index] = .error(error) }
            }
        }
        return ScoredGroup(id: group.id, scores: scores.compactMap { $0 })
    }

    /// The program's `scores`: a number, or an object with `reward`, `components` and `details`, or with `error`, for each action.
    private static func scores(in answer: [String: JSONValue], count: Int) throws(ItemError) -> [ItemScore] {
        func wrong(_ message: String) -> ItemError {
            ItemError(code: "externalAnswer", message: "the program's answer \(message)")
        }
        if case .string(let message)? = answer["error"] { throw ItemError(code: "externalError", message: message) }
        guard case .array(let values)? = answer["scores"] else { throw wrong("has no list 'scores'") }
        guard values.count == count else { throw wrong("has \(values.count) scores for \(count) actions") }
        return values.enumerated().map { index, value in
            switch value {
            case .number(let reward): return .scored(reward: reward, components: ["external": reward])
            case .object(let members):
                if case .string(let message)? = members["error"] {
                    return .error(ItemError(code: "externalError", message: message))
                }
                guard case .number(let reward)? = members["reward"] else {
                    return .error(wrong("has neither a number 'reward' nor a text 'error' at /scores/\(index)"))
                }
                var components: [String: Double] = ["external": reward]
                if case .object(let parts)? = members["components"] {
                    components = [:]
                    for (name, part) in parts {
                        guard case .number(let number) = part else {
                            return .error(
                                wrong("has a component that is no number at /scores/\(index)/components/\(name)"))
                        }
                        components[name] = number
                    }
                }
                var details: [String: JSONValue] = [:]
                if case .object(let given)? = members["details"] { details = given }
                return .scored(reward: reward, components: components, details: details)
            default: return .error(wrong("has \(value.kind) at /scores/\(index), and a number or an object is needed"))
            }
        }
    }
}
