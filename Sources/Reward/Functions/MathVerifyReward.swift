import ServiceAPI

/// 1 when the final answer is the expert's, else 0: the reward of RLVR.
///
/// The expert step is the reference answer, or a text that ends in it. What is compared and how is `MathVerifier`'s.
public struct MathVerifyReward: RewardFunction {
    public static let name = "math.verify"
    public static let version = 1
    public static let summary =
        "1 when the final answer equals the expert's as mathematics, else 0, after Hugging Face's math-verify; bounded in time and memory."

    /// The one component of a scored item: 1 or 0.
    public static let component = "correct"

    private let verifier: MathVerifier
    private let formatViolationReward: Double
    public let fingerprint: String
    public var componentNames: [String] { [Self.component] }

    public init(parameters: [String: JSONValue]) throws(ProblemDetails) {
        var reader = ParameterReader(parameters)
        var settings = MathVerifySettings()
        settings.floatRounding = try reader.integer("floatRounding", default: 6, in: 0...12)
        settings.numericPrecision = try reader.integer("numericPrecision", default: 15, in: 4...15)
        settings.strict = try reader.bool("strict", default: true)
        settings.allowSetRelationComp = try reader.bool("allowSetRelationComp", default: false)
        let sources = try reader.choices("extraction", default: AnswerSource.standard)
        formatViolationReward = try reader.number("formatViolationReward", default: 0, in: -1000...1000)
        try reader.refuseUnknown()
        verifier = MathVerifier(settings: settings, sources: sources)
        fingerprint = Fingerprint.of(
            name: Self.name, version: Self.version,
            parameters: [
                "floatRounding": .number(Double(settings.floatRounding)),
                "numericPrecision": .number(Double(settings.numericPrecision)),
                "strict": .bool(settings.strict),
                "allowSetRelationComp": .bool(settings.allowSetRelationComp),
                "extraction": .array(sources.map { .string($0.rawValue) }),
                "formatViolationReward": .number(formatViolationReward),
            ])
    }

    public func score(
        _ group: ScoreGroup, limits: ScoringLimits, shouldStop: () -> Bool
    ) throws(ScoringStopped) -> ScoredGroup {
        var expert: MathVerifier.Answer?
        var expertError = GroupItems.tooLong(group.expert, "the expert step", limits)
        if expertError == nil {
            do throws(MathSyntaxError) { expert = try verifier.answer(in: group.expert) } catch {
                expertError = ItemError(
                    code: "expertUnparsable", message: "the expert's answer is not understood: \(error.message)")
            }
        }
        return try GroupItems.score(
            of: group, violationReward: formatViolationReward, limits: limits, expertError: expertError,
            shouldStop: shouldStop
        ) { action in
            guard let expert else { preconditionFailure("without an expert's answer there is an error") }
            return score(action, expert)
        }
    }

    private func score(_ action: String, _ expert: MathVerifier.Answer) -> ItemScore {
        let answer: MathVerifier.Answer
        do throws(MathSyntaxError) { answer = try verifier.answer(in: action) } catch {
            return .scored(
                reward: 0, components: [Self.component: 0],
                details: ["problem": .string("the answer is not understood: \(error.message)")])
        }
        var details: [String: JSONValue] = ["answer": .string(String(answer.text.prefix(200)))]
        let verdict = verifier.verdict(expert: expert, prediction: answer)
        if verdict == .tooComplex {
            details["problem"] = "comparing the answers takes more work than is spent on a pair"
        }
        let reward: Double = verdict == .correct ? 1 : 0
        return .scored(reward: reward, components: [Self.component: reward], details: details)
    }

    public static let parameterSchema = ParameterSchema.object([
        "floatRounding": [
            "type": "integer", "minimum": 0, "maximum": 12, "default": 6,
            "description": "Decimals to which a number written with a decimal point is compared.",
        ],
        "numericPrecision": [
            "type": "integer", "minimum": 4, "maximum": 15, "default": 15,
            "description": "Digits to which other values must agree; the last three are left to rounding.",
        ],
        "strict": [
            "type": "boolean", "default": true,
            "description": "Tell variables apart by name, and sets from tuples.",
        ],
        "allowSetRelationComp": [
            "type": "boolean", "default": false,
            "description": "Take a prediction 1 < x < 2 for an expert's (1, 2); the other way round it always is.",
        ],
        "extraction": [
            "type": "array", "uniqueItems": true, "minItems": 1,
            "items": ["enum": ["boxed", "hashes", "whole", "statement", "last"]],
            "default": ["boxed", "hashes", "whole", "statement", "last"],
            "description":
                "Where the answer is looked for, in order: the last \\boxed{}, after ####, the whole text, after 'answer is', the last number or formula.",
        ],
        "formatViolationReward": ParameterSchema.formatViolationReward(default: 0),
    ])
}
