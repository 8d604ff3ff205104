/// `POST /v1/evaluations`: judge a checkpoint on a benchmark.
///
/// Schema: `proto-schemas/evaluation-request.schema.json`.
public struct EvaluationRequest: Codable, Sendable, Hashable {
    /// The checkpoint folder, relative to the evaluator's checkpoint root.
    public var checkpoint: String
    /// The benchmark JSONL (or .jsonl.zst), relative to the evaluator's benchmark root.
    public var benchmark: String
    public var episode: Episode
    /// The prompt template that the checkpoint was trained with: `chat` or `compact`.
    public var template: String
    public var sampling: EvaluationSampling
    /// Samples of each problem for Avg@k and pass@k.
    public var samplesPerProblem: Int
    /// Whether each problem is also solved once at temperature 0.
    public var greedy: Bool
    /// The first problems only; all when absent.
    public var limit: Int?
    /// Steps after which a stepwise episode ends without an answer.
    public var maximumSteps: Int?
    public var seed: UInt64

    public enum Episode: String, Codable, Sendable, CaseIterable {
        /// Monologue and action in turn; the action joins the context, the monologue does not.
        case stepwise
        /// One generation with the whole solution.
        case direct

        public init(from decoder: any Decoder) throws { self = try decoder.decodeChoice() }
    }

    public init(
        checkpoint: String, benchmark: String, episode: Episode = .stepwise, template: String,
        sampling: EvaluationSampling, samplesPerProblem: Int, greedy: Bool = true, limit: Int? = nil,
        maximumSteps: Int? = nil, seed: UInt64 = 0
    ) {
        self.checkpoint = checkpoint
        self.benchmark = benchmark
        self.episode = episode
        self.template = template
        self.sampling = sampling
        self.samplesPerProblem = samplesPerProblem
        self.greedy = greedy
        self.limit = limit
        self.maximumSteps = maximumSteps
        self.seed = seed
    }
}

/// How the samples of an evaluation are drawn.
public struct EvaluationSampling: Codable, Sendable, Hashable {
    public var temperature: Double
    public var topK: Int?
    public var topP: Double?
    public var minP: Double?
    /// Tokens of one generation: one step of a stepwise episode, the whole solution of a direct one.
    public var maximumTokens: Int

    public init(
        temperature: Double = 1, topK: Int? = nil, topP: Double? = nil, minP: Double? = nil, maximumTokens: Int
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.maximumTokens = maximumTokens
    }
}

extension EvaluationRequest: ValidatedMessage {
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case checkpoint, benchmark, episode, template, sampling, samplesPerProblem, greedy, limit, maximumSteps, seed
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(besides: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        checkpoint = try container.decode(String.self, forKey: .checkpoint)
        benchmark = try container.decode(String.self, forKey: .benchmark)
        episode = try container.decodeIfPresent(Episode.self, forKey: .episode) ?? .stepwise
        template = try container.decode(String.self, forKey: .template)
        sampling = try container.decode(EvaluationSampling.self, forKey: .sampling)
        samplesPerProblem = try container.decodeNumber(Int.self, forKey: .samplesPerProblem)
        greedy = try container.decodeIfPresent(Bool.self, forKey: .greedy) ?? true
        limit = try container.decodeNumberIfPresent(Int.self, forKey: .limit)
        maximumSteps = try container.decodeNumberIfPresent(Int.self, forKey: .maximumSteps)
        seed = try container.decodeNumberIfPresent(UInt64.self, forKey: .seed) ?? 0
    }

    public func validate(at pointer: JSONPointer) throws(ProblemDetails) {
        try Require.notEmpty(checkpoint, at: pointer.appending("checkpoint"))
        try Require.notEmpty(benchmark, at: pointer.appending("benchmark"))
        try Require.notEmpty(template, at: pointer.appending("template"))
        try Require.range(samplesPerProblem, 1...1024, at: pointer.appending("samplesPerProblem"))
        if let limit { try Require.atLeast(1, limit, at: pointer.appending("limit")) }
        if let maximumSteps { try Require.range(maximumSteps, 1...1024, at: pointer.appending("maximumSteps")) }
        let place = pointer.appending("sampling")
        try Require.range(sampling.temperature, 0...100, at: place.appending("temperature"))
        try Require.range(sampling.maximumTokens, 1...1_048_576, at: place.appending("maximumTokens"))
        if let topK = sampling.topK { try Require.atLeast(1, topK, at: place.appending("topK")) }
        if let topP = sampling.topP, !(topP > 0 && topP <= 1) {
            throw Require.problem(at: place.appending("topP"), "\(topP) is not above 0 and at most 1")
        }
        if let minP = sampling.minP { try Require.range(minP, 0...1, at: place.appending("minP")) }
    }
}

extension EvaluationSampling {
    package enum CodingKeys: String, CodingKey, CaseIterable { case temperature, topK, topP, minP, maximumTokens }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(besides: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        temperature = try container.decodeNumberIfPresent(Double.self, forKey: .temperature) ?? 1
        topK = try container.decodeNumberIfPresent(Int.self, forKey: .topK)
        topP = try container.decodeNumberIfPresent(Double.self, forKey: .topP)
        minP = try container.decodeNumberIfPresent(Double.self, forKey: .minP)
        maximumTokens = try container.decodeNumber(Int.self, forKey: .maximumTokens)
    }
}
