/// One expert step and what a model did in its place. Also one line of `stepwise-reward score`.
///
/// Exactly one of `actions` and `completions` is given. Schema: `proto-schemas/score-group.schema.json`.
public struct ScoreGroup: Codable, Sendable, Hashable {
    /// The caller's own name for the group, unique in its request; repeated in the response.
    public var id: String
    /// The expert step that the actions are compared with.
    public var expert: String
    /// Actions without their monologue.
    public var actions: [String]?
    /// Completions with the monologue still on; the service strips it, and one that has no well-formed monologue is a format violation.
    public var completions: [String]?

    public init(id: String, expert: String, actions: [String]) {
        self.id = id
        self.expert = expert
        self.actions = actions
    }

    public init(id: String, expert: String, completions: [String]) {
        self.id = id
        self.expert = expert
        self.completions = completions
    }

    /// The number of items to be scored.
    public var itemCount: Int { actions?.count ?? completions?.count ?? 0 }
}

extension ScoreGroup: ValidatedMessage {
    package enum CodingKeys: String, CodingKey, CaseIterable { case id, expert, actions, completions }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(besides: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        expert = try container.decode(String.self, forKey: .expert)
        actions = try container.decodeIfPresent([String].self, forKey: .actions)
        completions = try container.decodeIfPresent([String].self, forKey: .completions)
    }

    /// Whether `validate` has nothing to say.
    var isValid: Bool { !id.isEmpty && (actions == nil) != (completions == nil) }

    public func validate(at pointer: JSONPointer) throws(ProblemDetails) {
        try Require.notEmpty(id, at: pointer.appending("id"))
        guard (actions == nil) != (completions == nil) else {
            throw Require.problem(
                at: pointer,
                actions == nil
                    ? "one of 'actions' and 'completions' is needed" : "give 'actions' or 'completions', not both")
        }
    }
}
