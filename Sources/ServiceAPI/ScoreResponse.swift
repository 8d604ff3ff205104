/// The answer to `POST /v1/score`: groups and items in the request's order.
///
/// Schema: `proto-schemas/score-response.schema.json`.
public struct ScoreResponse: Codable, Sendable, Hashable {
    /// Identifies function, version and parameters: a trainer logs it, so that a swapped server is seen.
    public var fingerprint: String
    public var groups: [ScoredGroup]

    package enum CodingKeys: String, CodingKey, CaseIterable { case fingerprint, groups }

    public init(fingerprint: String, groups: [ScoredGroup]) {
        self.fingerprint = fingerprint
        self.groups = groups
    }
}
