import Reward
import ServiceAPI
import Testing

@Suite struct CombinedRewardTests {
    private func score(_ group: ScoreGroup, _ parameters: [String: JSONValue]) throws -> [ItemScore] {
        try RewardRegistry.standard.make(name: "combine", parameters: parameters).score(group).scores
    }

    private static let parts: JSONValue = [
        ["name": "answer", "function": "math.verify", "weight": 2],
        ["function": "srl.similarity", "weight": 0.5, "parameters": ["granularity": "word"]],
    ]

    @Test func theSumIsWeightedAndEachPartIsReportedApart() throws {
        let scores = try score(
            ScoreGroup(id: "g", expert: "x = 2", actions: ["x = 2", "x = 3", ""]), ["functions": Self.parts])
        #expect(
            scores[0]
                == .scored(
                    reward: 2.5,
                    components: [
                        "answer": 1, "answer.correct": 1, "srl.similarity": 1, "srl.similarity.similarity": 1,
                    ],
                    details: ["answer": ["answer": "x = 2"]]))
        #expect(scores[1].reward == 0.5 * (2.0 * 2 / 6))
        // math.verify gives a broken format 0, srl.similarity -1.
        #expect(scores[2] == .formatViolation(reward: -0.5, reason: "emptyAction"))
    }

    @Test func theProductTakesNoWeights() throws {
        let scores = try score(
            ScoreGroup(id: "g", expert: "x = 2", actions: ["x = 2", "x = 3"]),
            ["mode": "product", "functions": Self.parts])
        #expect(scores.map(\.reward) == [1, 0])
    }

    @Test func theGateLetsTheRestThrough() throws {
        let functions: JSONValue = [
            ["function": "format", "parameters": ["boxed": true, "tags": []]],
            ["function": "srl.similarity", "weight": 3],
        ]
        let group = ScoreGroup(id: "g", expert: "\\boxed{1}", actions: ["\\boxed{1}", "1"])
        #expect(try score(group, ["mode": "gate", "functions": functions]).map(\.reward) == [3, 0])
        #expect(
            try score(group, ["mode": "gate", "functions": functions, "closedReward": -2]).map(\.reward) == [3, -2])
        let open = try score(group, ["mode": "gate", "functions": functions, "threshold": 0])
        #expect(open[1].reward == 3 * (2.0 * 1 / 10))
    }

    /// A part without a number leaves no number for the whole.
    @Test func anErrorOfAPartIsAnError() throws {
        let scores = try score(
            ScoreGroup(id: "g", expert: "\\boxed{\\frac{1}}", actions: ["1"]), ["functions": Self.parts])
        guard case .error(let error) = scores[0] else {
            Issue.record("\(scores)")
            return
        }
        #expect(
            error.code == "expertUnparsable" && error.message.hasPrefix("answer: the expert's answer is not understood")
        )
    }

    @Test(
        arguments: [
            (["functions": []], "/parameters/functions", "has 0 functions, and 1 to 16 are combined"),
            (["functions": ["x"]], "/parameters/functions/0", "is a string, and an object is needed"),
            (
                ["functions": [["weight": 1]]], "/parameters/functions/0/function",
                "is missing: the name of a reward function"
            ),
            (
                ["functions": [["function": "combine"]]], "/parameters/functions/0/function",
                "combine does not combine itself"
            ),
            (
                ["functions": [["function": "x"]]], "/parameters/functions/0/function",
                "there is no reward function 'x'; known are srl.similarity, "
            ),
            (
                ["functions": [["function": "srl.similarity", "parameters": ["autojunk": 1]]]],
                "/parameters/functions/0/parameters/autojunk", "is a number, and a boolean is needed"
            ),
            (
                ["functions": [["function": "format"], ["function": "format"]]], "/parameters/functions/1/name",
                "'format' is already the name of another part"
            ),
            (["mode": "gate", "functions": [["function": "format"]]], "/parameters/functions", "has only the gate"),
            (["mode": "mean"], "/parameters/mode", "'mean' is not one of sum, product, gate"),
        ] as [([String: JSONValue], String, String)])
    func namesTheParameterAtFault(parameters: [String: JSONValue], pointer: String, message: String) {
        let error = #expect(throws: ProblemDetails.self) {
            try RewardRegistry.standard.make(name: "combine", parameters: parameters)
        }
        #expect(error?.pointer == pointer && error?.detail?.hasPrefix(message) == true, "\(String(describing: error))")
    }

    @Test func partsChangeTheFingerprint() throws {
        let all: [[String: JSONValue]] = [
            [:], ["mode": "product"], ["threshold": 2], ["closedReward": 1], ["functions": [["function": "format"]]],
            ["functions": [["function": "format", "weight": 2]]], ["functions": [["function": "format", "name": "f"]]],
            ["functions": [["function": "format", "parameters": ["boxed": true]]]],
        ]
        let fingerprints = try all.map { try RewardRegistry.standard.make(name: "combine", parameters: $0).fingerprint }
        #expect(Set(fingerprints).count == all.count)
    }
}
