import Foundation
import Reward
import ServiceAPI
import Testing

// The example of docs/own-function.md, letter by letter.
/// 1 when the last word is the expert's.
public struct LastWordReward: RewardFunction {
    public static let name = "last.word"
    public static let version = 1
    public static let summary = "1 when the last word is the expert's, else 0."
    public static let parameterSchema = ParameterSchema.object([
        "lowercase": ["type": "boolean", "default": false, "description": "Compare in lower case."]
    ])
    public let fingerprint: String
    private let lowercase: Bool

    public init(parameters: [String: JSONValue]) throws(ProblemDetails) {
        var reader = ParameterReader(parameters)
        lowercase = try reader.bool("lowercase", default: false)
        try reader.refuseUnknown()
        fingerprint = Fingerprint.of(
            name: Self.name, version: Self.version, parameters: ["lowercase": .bool(lowercase)])
    }

    public func score(
        _ group: ScoreGroup, limits: ScoringLimits, shouldStop: () -> Bool
    ) throws(ScoringStopped) -> ScoredGroup {
        func last(_ text: String) -> Substring? {
            (lowercase ? text.lowercased() : text).split(whereSeparator: \.isWhitespace).last
        }
        return try GroupItems.score(of: group, violationReward: 0, limits: limits, shouldStop: shouldStop) { action in
            let same: Double = last(action) == last(group.expert) ? 1 : 0
            return .scored(reward: same, components: ["sameWord": same])
        }
    }
}

@Suite struct OwnFunctionTests {
    @Test func theDocumentedExampleWorks() throws {
        let registry = RewardRegistry([LastWordReward.self])
        let function = try registry.make(name: "last.word", parameters: ["lowercase": true])
        let scores = function.score(ScoreGroup(id: "g", expert: "x is Two", actions: ["it is two", "three", ""])).scores
        #expect(scores.map(\.reward) == [1, 0, 0])
        #expect(try registry.make(name: "last.word", parameters: [:]).fingerprint != function.fingerprint)
        #expect(try registry.listing().functions.map(\.name) == ["last.word"])
    }

    @Test func theDocumentationHasThisExample() throws {
        let page = try String(contentsOfFile: SharedData.repository + "/docs/own-function.md", encoding: .utf8)
        let own = try String(contentsOfFile: #filePath, encoding: .utf8)
        let example = try #require(page.split(separator: "```swift\n").last?.split(separator: "```").first)
        let type = try #require(example.firstRange(of: "/// 1 when").map { example[$0.lowerBound...] })
        #expect(own.contains(type))
    }
}
