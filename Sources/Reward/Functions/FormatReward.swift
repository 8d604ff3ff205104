import ServiceAPI
import Trajectory

/// 1 when a completion has the form that is asked for, else 0, less a penalty for repeating itself.
///
/// The expert step is not looked at. The repetition penalty is that of Yeo et al. (arXiv 2502.03373, section 4.2), as in open-r1: the share of n-grams of words
/// that occurred before, times the largest penalty.
public struct FormatReward: RewardFunction {
    public static let name = "format"
    public static let version = 1
    public static let summary =
        "1 for a completion with the tags, boxed answer and length that are asked for, else 0, less a penalty for repeated n-grams."

    private let tags: [String]
    private let boxed: Bool
    private let minimumLength: Int
    private let maximumLength: Int
    private let lengthUnit: LengthUnit
    private let repetitionSize: Int
    private let repetitionPenalty: Double
    public let fingerprint: String
    public var componentNames: [String] { ["tags", "boxed", "length", "repetition"] }

    enum LengthUnit: String, CaseIterable { case words, scalars }

    private static let longest = 1_000_000

    public init(parameters: [String: JSONValue]) throws(ProblemDetails) {
        var reader = ParameterReader(parameters)
        tags = try reader.names("tags", default: ["think"])
        for tag in tags
        where !tag.utf8.allSatisfy({ (48...57).contains($0) || (97...122).contains($0 | 32) || $0 == 95 }) {
            throw reader.problem("tags", "'\(tag)' is no name of a tag: letters, digits and _ make one")
        }
        boxed = try reader.bool("boxed", default: false)
        minimumLength = try reader.integer("minimumLength", default: 0, in: 0...Self.longest)
        maximumLength = try reader.integer("maximumLength", default: Self.longest, in: 0...Self.longest)
        guard minimumLength <= maximumLength else {
            throw reader.problem("minimumLength", "\(minimumLength) is more than maximumLength, \(maximumLength)")
        }
        lengthUnit = try reader.choice("lengthUnit", default: .words)
        repetitionSize = try reader.integer("repetitionSize", default: 3, in: 1...64)
        repetitionPenalty = try reader.number("repetitionPenalty", default: 0, in: 0...1000)
        try reader.refuseUnknown()
        fingerprint = Fingerprint.of(
            name: Self.name, version: Self.version,
            parameters: [
                "tags": .array(tags.map { .string($0) }), "boxed": .bool(boxed),
                "minimumLength": .number(Double(minimumLength)), "maximumLength": .number(Double(maximumLength)),
                "lengthUnit": .string(lengthUnit.rawValue), "repetitionSize": .number(Double(repetitionSize)),
                "repetitionPenalty": .number(repetitionPenalty),
            ])
    }

    public static let parameterSchema = ParameterSchema.object([
        "tags": [
            "type": "array", "items": ["type": "string", "pattern": "^[A-Za-z0-9_]+$"], "uniqueItems": true,
            "default": ["think"],
            "description":
                "Tags that a completion has once each, in this order, each closed before the next; actions have lost theirs.",
        ],
        "boxed": [
            "type": "boolean", "default": false, "description": "Whether there must be a \\boxed{} that closes.",
        ],
        "minimumLength": [
            "type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0,
            "description": "The fewest units outside the tags.",
        ],
        "maximumLength": [
            "type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 1_000_000,
            "description": "The most units outside the tags.",
        ],
        "lengthUnit": [
            "enum": ["words", "scalars"], "default": "words",
            "description": "What length is counted in: words (str.split) or Unicode scalars.",
        ],
        "repetitionSize": [
            "type": "integer", "minimum": 1, "maximum": 64, "default": 3,
            "description": "Words of an n-gram, in lower case, over the whole text.",
        ],
        "repetitionPenalty": [
            "type": "number", "minimum": 0, "maximum": 1000, "default": 0,
            "description": "What is taken off when all n-grams are repeats; in proportion when some are.",
        ],
    ])

    public func score(
        _ group: ScoreGroup, limits: ScoringLimits, shouldStop: () -> Bool
    ) throws(ScoringStopped) -> ScoredGroup {
        let isCompletion = group.completions != nil
        var scores: [ItemScore] = []
        for text in group.completions ?? group.actions ?? [] {
            if shouldStop() { throw ScoringStopped() }
            if let error = GroupItems.tooLong(text, isCompletion ? "the completion" : "the action", limits) {
                scores.append(.error(error))
            } else {
                scores.append(score(text, tags: isCompletion ? tags : []))
            }
        }
        return ScoredGroup(id: group.id, scores: scores)
    }

    private func score(_ text: String, tags: [String]) -> ItemScore {
        let outside = Self.textOutside(tags, of: text)
        let rest = outside ?? text
        let length = lengthUnit == .words ? TextElements.words(of: rest).count : rest.unicodeScalars.count
        let hasBox = !boxed || AnswerExtraction(text).answer(from: [.boxed]) != nil
        let hasLength = (minimumLength...maximumLength).contains(length)
        let repeated = repeatedShare(of: text)
        let isRight = outside != nil && hasBox && hasLength
        return .scored(
            reward: (isRight ? 1 : 0) - repetitionPenalty * repeated,
            components: [
                "tags": outside == nil ? 0 : 1, "boxed": hasBox ? 1 : 0, "length": hasLength ? 1 : 0,
                "repetition": repeated,
            ])
    }

    /// What stands outside the tags; nil when they are not there once each in order.
    private static func textOutside(_ tags: [String], of text: String) -> String? {
        var outside = ""
        var rest = text[...]
        for tag in tags {
            guard let opening = rest.firstRange(of: "<\(tag)>") else { return nil }
            outside += rest[..<opening.lowerBound]
            rest = rest[opening.upperBound...]
            guard let closing = rest.firstRange(of: "</\(tag)>") else { return nil }
            if tags.contains(where: { rest[..<closing.lowerBound].contains("<\($0)>") }) { return nil }
            rest = rest[closing.upperBound...]
        }
        outside += rest
        return tags.contains { outside.contains("<\($0)>") || outside.contains("</\($0)>") } ? nil : outside
    }

    /// The share of n-grams that are no first occurrence; 0 for a text of fewer words.
    private func repeatedShare(of text: String) -> Double {
        let words = TextElements.words(of: text.lowercased())
        guard words.count >= repetitionSize else { return 0 }
        var numbers: [String: Int] = [:]
        let ids = words.map { word in
            let next = numbers.count
            let id = numbers[word] ?? next
            numbers[word] = id
            return id
        }
        let count = ids.count - repetitionSize + 1
        let different = Set((0..<count).map { ids[$0..<$0 + repetitionSize] })
        return 1 - Double(different.count) / Double(count)
    }
}
