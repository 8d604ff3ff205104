import ServiceAPI

/// The parameters of `srl.similarity`. The defaults are the paper's reward (arXiv 2510.25992) as far as it is printed.
public struct SimilarityParameters: Sendable {
    /// What an element of the compared sequences is. The paper names difflib only, to which everyone passes a Python string: code points.
    public enum Granularity: String, Sendable, CaseIterable {
        /// A Unicode scalar, as in a Python `str`.
        case scalar
        /// A token of a tokenizer that the service names.
        case token
        /// What `str.split()` gives: the text between white space.
        case word
        /// What `str.splitlines()` gives.
        case line
    }

    public var granularity: Granularity
    /// The tokenizer of `Granularity.token`; nil for all others.
    public var tokenizer: NamedTokenizer?
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
    public init(
        _ parameters: [String: JSONValue], tokenizers: [String: NamedTokenizer] = [:]
    ) throws(ProblemDetails) {
        var reader = ParameterReader(parameters)
        self = try SimilarityParameters(reading: &reader, tokenizers: tokenizers)
        try reader.refuseUnknown()
    }

    /// Reads the parameters that all similarities have.
    init(reading reader: inout ParameterReader, tokenizers: [String: NamedTokenizer]) throws(ProblemDetails) {
        granularity = try reader.choice("granularity", default: .scalar)
        autojunk = try reader.bool("autojunk", default: false)
        formatViolationReward = try reader.number("formatViolationReward", default: -1, in: -1000...1000)
        normalization = TextNormalization(
            lowercase: try reader.bool("lowercase", default: false),
            collapseWhitespace: try reader.bool("collapseWhitespace", default: false),
            stripLatex: try reader.bool("stripLatex", default: false))
        let name = try reader.optionalString("tokenizer")
        tokenizer = nil
        guard granularity == .token || name != nil else { return }
        let known =
            tokenizers.isEmpty
            ? "this server has none" : "this server has \(tokenizers.keys.sorted().joined(separator: ", "))"
        guard granularity == .token else { throw reader.problem("tokenizer", "is for the granularity token only") }
        guard let name else { throw reader.problem("tokenizer", "is needed for the granularity token; \(known)") }
        guard let found = tokenizers[name] else {
            throw reader.problem("tokenizer", "there is no tokenizer '\(name)'; \(known)")
        }
        tokenizer = found
    }

    /// All parameters in effect, for the fingerprint.
    var effective: [String: JSONValue] {
        var values: [String: JSONValue] = [
            "granularity": .string(granularity.rawValue),
            "autojunk": .bool(autojunk),
            "formatViolationReward": .number(formatViolationReward),
            "lowercase": .bool(normalization.lowercase),
            "collapseWhitespace": .bool(normalization.collapseWhitespace),
            "stripLatex": .bool(normalization.stripLatex),
        ]
        // Only where it counts, so that the other fingerprints are those of before there were tokenizers.
        if let tokenizer { values["tokenizer"] = .string(tokenizer.identity) }
        return values
    }

    static let schema = ParameterSchema.object(properties)

    static let properties: [String: JSONValue] = [
        "granularity": [
            "enum": ["scalar", "token", "word", "line"], "default": "scalar",
            "description":
                "What is compared: Unicode scalars, tokens of the tokenizer, words (str.split) or lines (str.splitlines).",
        ],
        "tokenizer": [
            "type": "string",
            "description":
                "The name of a tokenizer that the server is configured with; for the granularity token only.",
        ],
        "autojunk": [
            "type": "boolean", "default": false,
            "description": "difflib's heuristic for expert steps of 200 elements or more; off is 2M/T.",
        ],
        "formatViolationReward": ParameterSchema.formatViolationReward(default: -1),
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
    ]
}
