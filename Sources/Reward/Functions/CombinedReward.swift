import ServiceAPI

/// Several functions in one: their weighted sum, their product, or one as the gate of the others. Each is reported apart.
public struct CombinedReward: RewardFunction {
    public static let name = "combine"
    public static let version = 1
    public static let summary =
        "The weighted sum or the product of named functions, or their sum where the first one, a gate, lets it through; each is reported apart."

    enum Mode: String, CaseIterable {
        /// The sum of weight times reward.
        case sum
        /// The product of the rewards; weights are not used.
        case product
        /// The weighted sum of all but the first, where the first function's reward reaches the threshold; else `closedReward`.
        case gate
    }

    private struct Part {
        let name: String
        let weight: Double
        let function: any RewardFunction
    }

    private static let maximumParts = 16

    private let mode: Mode
    private let threshold: Double
    private let closedReward: Double
    private let parts: [Part]
    public let fingerprint: String
    public var componentNames: [String] {
        parts.flatMap { part in [part.name] + part.function.componentNames.map { "\(part.name).\($0)" } }
    }
    public var mayWait: Bool { parts.contains { $0.function.mayWait } }

    /// Without an environment there are no functions to combine.
    public init(parameters: [String: JSONValue]) throws(ProblemDetails) {
        try self.init(parameters: parameters, environment: RewardEnvironment())
    }

    public init(parameters: [String: JSONValue], environment: RewardEnvironment) throws(ProblemDetails) {
        var reader = ParameterReader(parameters)
        mode = try reader.choice("mode", default: .sum)
        threshold = try reader.number("threshold", default: 1, in: -1000...1000)
        closedReward = try reader.number("closedReward", default: 0, in: -1000...1000)
        let list = try reader.array("functions", default: [["function": "srl.similarity"], ["function": "format"]])
        try reader.refuseUnknown()
        guard (1...Self.maximumParts).contains(list.count) else {
            throw reader.problem("functions", "has \(list.count) functions, and 1 to \(Self.maximumParts) are combined")
        }
        guard mode != .gate || list.count > 1 else {
            throw reader.problem("functions", "has only the gate, and nothing that it could let through")
        }
        var parts: [Part] = []
        let place = JSONPointer().appending("parameters").appending("functions")
        for (index, value) in list.enumerated() {
            let part = try Self.part(value, at: place.appending(index), environment)
            guard !parts.contains(where: { $0.name == part.name }) else {
                throw ProblemDetails(
                    kind: .invalidRequest,
                    detail: "'\(part.name)' is already the name of another part; give each a name of its own",
                    pointer: place.appending(index).appending("name").description)
            }
            parts.append(part)
        }
        self.parts = parts
        fingerprint = Fingerprint.of(
            name: Self.name, version: Self.version,
            parameters: [
                "mode": .string(mode.rawValue), "threshold": .number(threshold), "closedReward": .number(closedReward),
                "functions": .array(
                    parts.map {
                        [
                            "name": .string($0.name), "weight": .number($0.weight),
                            "fingerprint": .string($0.function.fingerprint),
                        ]
                    }),
            ])
    }

    private static func part(
        _ value: JSONValue, at place: JSONPointer, _ environment: RewardEnvironment
    ) throws(ProblemDetails) -> Part {
        guard case .object(let members) = value else {
            throw ProblemDetails(
                kind: .invalidRequest, detail: "is \(value.kind), and an object is needed", pointer: place.description)
        }
        var reader = ParameterReader(members, at: place)
        guard let function = try reader.optionalString("function") else {
            throw reader.problem("function", "is missing: the name of a reward function")
        }
        guard function != Self.name else { throw reader.problem("function", "combine does not combine itself") }
        let name = try reader.optionalString("name") ?? function
        guard !name.isEmpty else { throw reader.problem("name", "is empty") }
        let weight = try reader.number("weight", default: 1, in: -1000...1000)
        let parameters = try reader.object("parameters", default: [:])
        try reader.refuseUnknown()
        return Part(
            name: name, weight: weight,
            function: try environment.make(name: function, parameters: parameters, at: place))
    }

    public static let parameterSchema = ParameterSchema.object([
        "mode": [
            "enum": ["sum", "product", "gate"], "default": "sum",
            "description":
                "The weighted sum; the product without weights; or the weighted sum of all but the first, where that reaches the threshold.",
        ],
        "threshold": [
            "type": "number", "minimum": -1000, "maximum": 1000, "default": 1,
            "description": "What the first function must reach, in the mode gate.",
        ],
        "closedReward": [
            "type": "number", "minimum": -1000, "maximum": 1000, "default": 0,
            "description": "The reward where it does not.",
        ],
        "functions": [
            "type": "array", "minItems": 1, "maxItems": 16,
            "default": [["function": "srl.similarity"], ["function": "format"]],
            "items": [
                "type": "object", "additionalProperties": false, "required": ["function"],
                "properties": [
                    "function": ["type": "string", "description": "A reward function, but for combine."],
                    "parameters": ["type": "object", "default": [:], "description": "Its parameters."],
                    "weight": ["type": "number", "minimum": -1000, "maximum": 1000, "default": 1],
                    "name": [
                        "type": "string", "minLength": 1,
                        "description":
                            "What its components are called; its function's name unless given. The names differ.",
                    ],
                ],
            ],
        ],
    ])

    public func score(
        _ group: ScoreGroup, limits: ScoringLimits, shouldStop: () -> Bool
    ) throws(ScoringStopped) -> ScoredGroup {
        var columns: [[ItemScore]] = []
        for part in parts {
            columns.append(try part.function.score(group, limits: limits, shouldStop: shouldStop).scores)
        }
        return ScoredGroup(
            id: group.id, scores: (0..<group.itemCount).map { item in combined(columns.map { $0[item] }) })
    }

    public func comparisons(in group: ScoreGroup) -> [SequenceComparison] {
        parts.flatMap { part in
            part.function.comparisons(in: group).map { comparison in
                var named = comparison
                named.part = part.name
                return named
            }
        }
    }

    private func combined(_ scores: [ItemScore]) -> ItemScore {
        CombinedScore.of(zip(parts, scores).map { .init(name: $0.name, score: $1) }, total: total)
    }

    private func total(_ rewards: [Double]) -> Double {
        func sum(from first: Int) -> Double {
            (first..<parts.count).reduce(0) { $0 + parts[$1].weight * rewards[$1] }
        }
        switch mode {
        case .sum: return sum(from: 0)
        case .product: return rewards.reduce(1, *)
        case .gate: return rewards[0] >= threshold ? sum(from: 1) : closedReward
        }
    }
}
