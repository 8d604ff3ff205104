/// All evaluations that the server knows, newest first: the answer to `GET /v1/evaluations`.
///
/// Schema: `proto-schemas/evaluation-list.schema.json`.
public struct EvaluationList: Codable, Sendable, Hashable {
    public var evaluations: [EvaluationStatus]

    package enum CodingKeys: String, CodingKey, CaseIterable { case evaluations }

    public init(evaluations: [EvaluationStatus]) { self.evaluations = evaluations }
}
