import Reward
import ServiceAPI
import Testing

@Suite struct MathVerifyRewardTests {
    private func score(_ group: ScoreGroup, _ parameters: [String: JSONValue] = [:]) throws -> [ItemScore] {
        try MathVerifyReward(parameters: parameters).score(group).scores
    }

    @Test func isOneOrZero() throws {
        let scores = try score(
            ScoreGroup(
                id: "g", expert: "#### 0.5", actions: ["So \\boxed{\\frac12}", "It is 3", "No idea at all, sorry"]))
        #expect(scores[0] == .scored(reward: 1, components: ["correct": 1], details: ["answer": "\\frac12"]))
        #expect(scores[1] == .scored(reward: 0, components: ["correct": 0], details: ["answer": "3"]))
        guard case .scored(0, _, let details) = scores[2], case .string(let problem) = details["problem"] else {
            Issue.record("\(scores[2])")
            return
        }
        #expect(problem.hasPrefix("the answer is not understood: there is no answer in it"))
    }

    @Test func anExpertThatIsNotUnderstoodIsAnErrorAndNotAZero() throws {
        let scores = try score(ScoreGroup(id: "g", expert: "\\boxed{\\frac{1}}", actions: ["1", ""]))
        #expect(scores[0].reward == nil)
        guard case .error(let error) = scores[0] else {
            Issue.record("\(scores[0])")
            return
        }
        #expect(error.code == "expertUnparsable")
        #expect(error.message == "the expert's answer is not understood: \\frac lacks an argument")
        #expect(scores[1] == .formatViolation(reward: 0, reason: "emptyAction"))
    }

    @Test func onlyTheActionOfACompletionCounts() throws {
        let scores = try score(
            ScoreGroup(id: "g", expert: "2", completions: ["<think>3</think>2", "<think>2</think>3", "2"]),
            ["formatViolationReward": -1])
        #expect(scores.map(\.reward) == [1, 0, -1])
    }

    @Test(
        arguments: [
            (["extraction": []], "/parameters/extraction", "is empty"),
            (["extraction": ["boxed", "boxed"]], "/parameters/extraction", "'boxed' is in it twice"),
            (
                ["extraction": ["box"]], "/parameters/extraction",
                "\"box\" is not one of boxed, hashes, whole, statement, last"
            ),
            (["floatRounding": 2.5], "/parameters/floatRounding", "2.5 is not a whole number"),
            (["tolerance": 1], "/parameters/tolerance", "unknown parameter"),
        ] as [([String: JSONValue], String, String)])
    func namesTheParameterAtFault(parameters: [String: JSONValue], pointer: String, message: String) {
        let error = #expect(throws: ProblemDetails.self) { try MathVerifyReward(parameters: parameters) }
        #expect(error?.pointer == pointer && error?.detail?.hasPrefix(message) == true, "\(String(describing: error))")
    }

    @Test func everyParameterIsInTheFingerprint() throws {
        let all: [[String: JSONValue]] = [
            [:], ["extraction": ["last"]], ["floatRounding": 3], ["numericPrecision": 8], ["strict": false],
            ["allowSetRelationComp": true], ["formatViolationReward": -1],
        ]
        #expect(Set(try all.map { try MathVerifyReward(parameters: $0).fingerprint }).count == all.count)
        #expect(
            try MathVerifyReward(parameters: ["floatRounding": 6]).fingerprint
                == MathVerifyReward(parameters: [:]).fingerprint)
    }
}
