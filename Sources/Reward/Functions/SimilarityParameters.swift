import ServiceAPI

/// The parameters of `srl.similarity`. The defaults are the paper's reward (arXiv 2510.25992) as far as it is printed.
public struct SimilarityParameters: Sendable, Hashable {
    /// What an element of the compared sequences is. The paper names difflib only, to which everyone passes a Python string: code points.
    public enum Granularity: String, Sendable, CaseIterable {
        /// A Unicode scalar, as in a Python `str`.
        case scalar
        /// What `str.split()` gives: the text between white space.
        case word
        /// What `str.splitlines()` gives.
        case line
    }

    public var granularity: Granularity
    /// difflib's own heuristic for speed, on in Python unless turned off: in an expert step of 200 elements or more, an element that makes up more
    /// than 1 % (plus one) starts no match, which for characters is nearly every letter. Off gives the formula 2M/T.
    public var autojunk: Bool
    /// The reward of an item that breaks the format; -1 in the paper.
    public var formatViolationReward: Double
    /// What is done to the action and the expert step alike, before they are compared.
    public var normalization: TextNormalization

    public init(
        granularity: Granularity = .scalar, autojunk: Bool = false, formatViolationReward: Double = -1,
        normalization: TextNormalization = TextNormalization()
    ) {
        self.granularity = granularity
        self.autojunk = autojunk
        self.formatViolationReward = formatViolationReward
        self.normalization = normalization
    }

    /// - Throws: `invalidRequest` with the parameter's pointer.
    public init(_ parameters: [String: JSONValue]) throws(ProblemDetails) {
        var reader = ParameterReader(parameters)
        if parameters["granularity"] == "token" {
            throw reader.problem("granularity", "'token' is not available yet; use scalar, word or line")
        }
        granularity = try reader.choice("granularity", default: .scalar)
        autojunk = try reader.bool("autojunk", default: false)
        formatViolationReward = try reader.number("formatViolationReward", default: -1, in: -1000...1000)
        normalization = TextNormalization(
            lowercase: try reader.bool("lowercase", default: false),
            collapseWhitespace: try reader.bool("collapseWhitespace", default: false),
            stripLatex: try reader.bool("stripLatex", default: false))
        try reader.refuseUnknown()
    }

    /// All parameters in effect, for the fingerprint.
    var effective: [String: JSONValue] {
        [
            "granularity": .string(granularity.rawValue),
            "autojunk": .bool(autojunk),
            "formatViolationReward": .number(formatViolationReward),
            "lowercase": .bool(normalization.lowercase),
            "collapseWhitespace": .bool(normalization.collapseWhitespace),
            "stripLatex": .bool(normalization.stripLatex),
        ]
    }

    static let schema: JSONValue = [
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "properties": [
            "granularity": [
                "enum": ["scalar", "word", "line"], "default": "scalar",
                "description": "What is compared: Unicode scalars, words (str.split) or lines (str.splitlines).",
            ],
            "autojunk": [
                "type": "boolean", "default": false,
                "description": "difflib's heuristic for expert steps of 200 elements or more; off is 2M/T.",
            ],
            "formatViolationReward": [
                "type": "number", "minimum": -1000, "maximum": 1000, "default": -1,
                "description": "The reward of a completion without a well-formed monologue, or of an empty action.",
            ],
            "lowercase": [
                "type": "boolean", "default": false,
                "description": "Compare in lower case (Unicode's default mapping, scalar by scalar).",
            ],
            "collapseWhitespace": [
                "type": "boolean", "default": false,
                "description": "Compare with every run of white space as one space, and none at the ends.",
            ],
            "stripLatex": [
                "type": "boolean", "default": false,
                "description":
                    "Compare without LaTeX math delimiters, spacing and sizing commands; dfrac and tfrac as frac.",
            ],
        ],
    ]
}
