/// `POST /v1/explain`: one action, to be scored against an expert step with all that a person needs to see why.
///
/// Exactly one of `action` and `completion` is given. Schema: `proto-schemas/explain-request.schema.json`.
public struct ExplainRequest: Codable, Sendable, Hashable {
    /// The reward function, as `GET /v1/rewards` names it.
    public var function: String
    /// The function's parameters; those left out take their defaults.
    public var parameters: [String: JSONValue]?
    public var expert: String
    /// An action without its monologue.
    public var action: String?
    /// A completion with the monologue still on.
    public var completion: String?

    public init(function: String, parameters: [String: JSONValue]? = nil, expert: String, action: String) {
        self.function = function
        self.parameters = parameters
        self.expert = expert
        self.action = action
    }

    public init(function: String, parameters: [String: JSONValue]? = nil, expert: String, completion: String) {
        self.function = function
        self.parameters = parameters
        self.expert = expert
        self.completion = completion
    }

    /// The pair as a group of one item, as functions score it.
    public var group: ScoreGroup {
        if let completion { return ScoreGroup(id: "explain", expert: expert, completions: [completion]) }
        return ScoreGroup(id: "explain", expert: expert, actions: [action ?? ""])
    }
}

extension ExplainRequest: ValidatedMessage {
    package enum CodingKeys: String, CodingKey, CaseIterable { case function, parameters, expert, action, completion }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(besides: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        function = try container.decode(String.self, forKey: .function)
        parameters = try container.decodeIfPresent([String: JSONValue].self, forKey: .parameters)
        expert = try container.decode(String.self, forKey: .expert)
        action = try container.decodeIfPresent(String.self, forKey: .action)
        completion = try container.decodeIfPresent(String.self, forKey: .completion)
    }

    public func validate(at pointer: JSONPointer) throws(ProblemDetails) {
        try Require.notEmpty(function, at: pointer.appending("function"))
        guard (action == nil) != (completion == nil) else {
            throw Require.problem(
                at: pointer,
                action == nil
                    ? "one of 'action' and 'completion' is needed" : "give 'action' or 'completion', not both")
        }
    }
}
