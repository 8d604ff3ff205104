import Reward
import ServiceAPI
import Testing

@Suite struct FormatRewardTests {
    private func rewards(_ completions: [String], _ parameters: [String: JSONValue] = [:]) throws -> [Double?] {
        try FormatReward(parameters: parameters)
            .score(ScoreGroup(id: "g", expert: "", completions: completions)).scores.map(\.reward)
    }

    @Test func tagsStandOnceEachInOrder() throws {
        #expect(
            try rewards([
                "<think>a</think>b", "b", "<think>a", "a</think>", "<think>a</think><think>b</think>",
                "<think><think>a</think></think>",
            ]) == [1, 0, 0, 0, 0, 0])
        #expect(
            try rewards(
                [
                    "<think>a</think><answer>b</answer>", "<answer>b</answer><think>a</think>",
                    "<think><answer>b</answer></think>",
                ],
                ["tags": ["think", "answer"]]) == [1, 0, 0])
        #expect(try rewards(["b"], ["tags": []]) == [1])
    }

    @Test func actionsHaveLostTheirTags() throws {
        let scores = try FormatReward(parameters: [:]).score(ScoreGroup(id: "g", expert: "", actions: ["b"])).scores
        #expect(scores.map(\.reward) == [1])
    }

    @Test func boxAndLengthAreAskedFor() throws {
        #expect(try rewards(["\\boxed{1}", "\\boxed{1", "1"], ["tags": [], "boxed": true]) == [1, 0, 0])
        let bounds: [String: JSONValue] = ["minimumLength": 2, "maximumLength": 3]
        #expect(
            try rewards(
                ["<think>x y z</think>a", "<think></think>a b", "<think></think>a b c", "<think></think>a b c d"],
                bounds)
                == [0, 1, 1, 0])
        #expect(try rewards(["abc", "ab"], ["tags": [], "minimumLength": 3, "lengthUnit": "scalars"]) == [1, 0])
    }

    /// Of the trigrams of "a b c a b c a", three of five are first occurrences.
    @Test func repetitionCosts() throws {
        let texts = ["a b c a b c a", "A b C a B c a", "a b c d e f g", "a b"]
        let values = try rewards(texts, ["tags": [], "repetitionPenalty": 0.5])
        #expect(values == [1 - 0.5 * (1 - 3.0 / 5), 1 - 0.5 * (1 - 3.0 / 5), 1, 1])
    }

    @Test func componentsSayWhatWasWrong() throws {
        let score = try FormatReward(parameters: ["boxed": true])
            .score(ScoreGroup(id: "g", expert: "", completions: ["<think>a</think>b"])).scores[0]
        #expect(score == .scored(reward: 0, components: ["tags": 1, "boxed": 0, "length": 1, "repetition": 0]))
    }

    @Test(
        arguments: [
            (["tags": ["a b"]], "/parameters/tags", "'a b' is no name of a tag: letters, digits and _ make one"),
            (["tags": ["a", "a"]], "/parameters/tags", "'a' is in it twice"),
            (["minimumLength": 3, "maximumLength": 2], "/parameters/minimumLength", "3 is more than maximumLength, 2"),
        ] as [([String: JSONValue], String, String)])
    func namesTheParameterAtFault(parameters: [String: JSONValue], pointer: String, message: String) {
        let error = #expect(throws: ProblemDetails.self) { try FormatReward(parameters: parameters) }
        #expect(error?.pointer == pointer && error?.detail == message)
    }

    @Test func parametersChangeTheFingerprint() throws {
        let all: [[String: JSONValue]] = [
            [:], ["tags": []], ["boxed": true], ["minimumLength": 1], ["maximumLength": 9], ["lengthUnit": "scalars"],
            ["repetitionSize": 4], ["repetitionPenalty": 1],
        ]
        #expect(Set(try all.map { try FormatReward(parameters: $0).fingerprint }).count == all.count)
    }
}
