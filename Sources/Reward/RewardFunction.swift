import ServiceAPI

/// A way to score actions against an expert step. Pure: the same group always gets the same scores, on every machine.
///
/// To add one: conform, raise `version` whenever the same input may get another score, and list it in `RewardRegistry.standard`.
public protocol RewardFunction: Sendable {
    /// What requests call it: `srl.similarity`.
    static var name: String { get }
    /// Raised whenever the same input may get another score.
    static var version: Int { get }
    /// What it computes, in a sentence.
    static var summary: String { get }
    /// JSON Schema of its parameters, defaults included.
    static var parameterSchema: JSONValue { get }

    /// - Throws: `invalidRequest` whose pointer starts with `/parameters`.
    init(parameters: [String: JSONValue]) throws(ProblemDetails)

    /// The same with what the service is configured with; only functions that need it implement this.
    init(parameters: [String: JSONValue], environment: RewardEnvironment) throws(ProblemDetails)

    /// JSON Schema of its parameters in a service configured so; only functions whose schema depends on it implement this.
    static func parameterSchema(in environment: RewardEnvironment) -> JSONValue

    /// Whether scoring waits for something outside: the service then scores where waiting holds up nothing else.
    var mayWait: Bool { get }

    /// The components that every scored item has, for answers whose keys must not change; empty where that is not known beforehand.
    var componentNames: [String] { get }

    /// Identifies function, version and all parameters in effect: `srl.similarity@1+<16 hexadecimal digits>`.
    var fingerprint: String { get }

    /// Scores a group's items, in their order; one that cannot be scored is an error without a number.
    ///
    /// - Parameters:
    ///   - limits: What is too much for one item.
    ///   - shouldStop: Asked before each item.
    /// - Throws: `ScoringStopped` when `shouldStop` says so.
    func score(
        _ group: ScoreGroup, limits: ScoringLimits, shouldStop: () -> Bool
    ) throws(ScoringStopped) -> ScoredGroup

    /// The comparisons of sequences behind the score of a group's only item, which was scored; only functions that make any implement this.
    func comparisons(in group: ScoreGroup) -> [SequenceComparison]
}

extension RewardFunction {
    public init(parameters: [String: JSONValue], environment: RewardEnvironment) throws(ProblemDetails) {
        try self.init(parameters: parameters)
    }

    public static func parameterSchema(in environment: RewardEnvironment) -> JSONValue { parameterSchema }

    public var mayWait: Bool { false }

    public var componentNames: [String] { [] }

    public func comparisons(in group: ScoreGroup) -> [SequenceComparison] { [] }

    /// Scores a group to its end, within the default limits.
    public func score(_ group: ScoreGroup) -> ScoredGroup {
        do {
            return try score(group, limits: ScoringLimits(), shouldStop: { false })
        } catch {
            preconditionFailure("stopped without being asked to")
        }
    }

    /// How `GET /v1/rewards` describes the function.
    static func description(in environment: RewardEnvironment) throws(ProblemDetails) -> RewardDescription {
        RewardDescription(
            name: name, version: version, summary: summary, parameters: parameterSchema(in: environment),
            fingerprint: try Self(parameters: [:], environment: environment).fingerprint)
    }
}

/// Scoring ended early because its caller no longer wants the result: a deadline has passed, or the client has gone.
public struct ScoringStopped: Error, Sendable, Equatable {
    public init() {}
}

/// What is too much for one item. Limits decide whether an item gets a reward, never which: they are no part of the fingerprint.
public struct ScoringLimits: Sendable, Equatable {
    /// Code points of an action or an expert step.
    public var maximumTextLength: Int

    public init(maximumTextLength: Int = 32_768) { self.maximumTextLength = maximumTextLength }
}
