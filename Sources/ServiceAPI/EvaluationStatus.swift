/// Where an evaluation stands: the answer to `GET /v1/evaluations/{id}`, and one line of its event stream.
///
/// Schema: `proto-schemas/evaluation-status.schema.json`.
public struct EvaluationStatus: Codable, Sendable, Hashable {
    public var id: String
    public var state: State
    public var completedEpisodes: Int
    /// Known once the benchmark has been read.
    public var totalEpisodes: Int?
    /// Generated tokens per second since the start.
    public var tokensPerSecond: Double?
    /// Why it failed.
    public var problem: ProblemDetails?

    public enum State: String, Codable, Sendable, CaseIterable {
        case queued, running, succeeded, failed, cancelled

        public init(from decoder: any Decoder) throws { self = try decoder.decodeChoice() }

        public var isFinal: Bool { self == .succeeded || self == .failed || self == .cancelled }
    }

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case id, state, completedEpisodes, totalEpisodes, tokensPerSecond, problem
    }

    public init(
        id: String, state: State, completedEpisodes: Int = 0, totalEpisodes: Int? = nil,
        tokensPerSecond: Double? = nil, problem: ProblemDetails? = nil
    ) {
        self.id = id
        self.state = state
        self.completedEpisodes = completedEpisodes
        self.totalEpisodes = totalEpisodes
        self.tokensPerSecond = tokensPerSecond
        self.problem = problem
    }
}
