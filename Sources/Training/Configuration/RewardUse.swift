public import ServiceAPI

/// What a reward is of: a run may score one thing in one phase and another in the next.
public enum RewardUse: String, Codable, Sendable, CaseIterable {
    /// A step, compared with the expert's: SRL.
    case step
    /// A whole solution, compared with the expert's: SRL's ablation.
    case solution
    /// The final answer of a whole solution: RLVR.
    case answer

    /// The function that scores it where the configuration names none.
    public var defaultFunction: String {
        switch self {
        case .step: "srl.similarity"
        case .solution: "srl.trajectory"
        case .answer: "math.verify"
        }
    }

    /// That function's parameters. An answer counts where it is stated, as in an evaluation, and not wherever a number is found.
    public var defaultParameters: [String: JSONValue] {
        switch self {
        case .step, .solution: [:]
        case .answer: ["extraction": ["boxed", "hashes"]]
        }
    }
}
