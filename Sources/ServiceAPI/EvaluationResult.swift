/// What an evaluation found: the answer to `GET /v1/evaluations/{id}/result`.
///
/// Schema: `proto-schemas/evaluation-result.schema.json`.
public struct EvaluationResult: Codable, Sendable, Hashable {
    public var id: String
    /// The request as it was run, defaults filled in.
    public var request: EvaluationRequest
    public var problems: Int
    /// Accuracy at temperature 0; absent when it was not asked for.
    public var greedy: Estimate?
    /// The mean share of correct samples.
    public var averageAtK: Estimate
    /// The chance that one of k samples is correct.
    public var passAtK: Estimate
    /// Who judged the answers: name/version.
    public var grader: String
    /// How episodes ended without a correct answer, by reason: `wrongAnswer`, `formatViolation`, `stepLimit`, `truncated`, ...
    public var failures: [String: Int]
    public var generatedTokens: Int
    public var seconds: Double

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case id, request, problems, greedy, averageAtK, passAtK, grader, failures, generatedTokens, seconds
    }

    public init(
        id: String, request: EvaluationRequest, problems: Int, greedy: Estimate?, averageAtK: Estimate,
        passAtK: Estimate, grader: String, failures: [String: Int], generatedTokens: Int, seconds: Double
    ) {
        self.id = id
        self.request = request
        self.problems = problems
        self.greedy = greedy
        self.averageAtK = averageAtK
        self.passAtK = passAtK
        self.grader = grader
        self.failures = failures
        self.generatedTokens = generatedTokens
        self.seconds = seconds
    }
}

/// A number with its 95% confidence interval and how that was made.
public struct Estimate: Codable, Sendable, Hashable {
    public var value: Double
    public var low: Double
    public var high: Double
    public var method: String

    package enum CodingKeys: String, CodingKey, CaseIterable { case value, low, high, method }

    public init(value: Double, low: Double, high: Double, method: String) {
        self.value = value
        self.low = low
        self.high = high
        self.method = method
    }
}
