/// `POST /v1/score`: actions to be scored against expert steps, in groups of one expert step each.
///
/// Schema: `proto-schemas/score-request.schema.json`.
public struct ScoreRequest: Codable, Sendable, Hashable {
    /// The reward function, as `GET /v1/rewards` names it.
    public var function: String
    /// The function's parameters; those left out take their defaults.
    public var parameters: [String: JSONValue]?
    public var groups: [ScoreGroup]

    public init(function: String, parameters: [String: JSONValue]? = nil, groups: [ScoreGroup]) {
        self.function = function
        self.parameters = parameters
        self.groups = groups
    }
}

extension ScoreRequest: ValidatedMessage {
    package enum CodingKeys: String, CodingKey, CaseIterable { case function, parameters, groups }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(besides: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        function = try container.decode(String.self, forKey: .function)
        parameters = try container.decodeIfPresent([String: JSONValue].self, forKey: .parameters)
        groups = try container.decode([ScoreGroup].self, forKey: .groups)
    }

    public func validate(at pointer: JSONPointer) throws(ProblemDetails) {
        try Require.notEmpty(function, at: pointer.appending("function"))
        var first = [String: Int](minimumCapacity: groups.count)
        for (index, group) in groups.enumerated() {
            // Made only for a group at fault: it takes longer than the checks.
            func place() -> JSONPointer { pointer.appending("groups").appending(index) }
            if !group.isValid { try group.validate(at: place()) }
            if let earlier = first.updateValue(index, forKey: group.id) {
                throw Require.problem(
                    at: place().appending("id"),
                    "\"\(group.id)\" is already the id of group \(earlier); ids must differ")
            }
        }
    }
}
