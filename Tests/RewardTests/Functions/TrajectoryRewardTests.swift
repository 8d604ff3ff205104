import Reward
import ServiceAPI
import Testing

@Suite struct TrajectoryRewardTests {
    private static let expert = "a = 1\nb = 2"

    private func score(_ completions: [String], _ parameters: [String: JSONValue]) throws -> [ItemScore] {
        try TrajectoryReward(parameters: parameters)
            .score(ScoreGroup(id: "g", expert: Self.expert, completions: completions)).scores
    }

    @Test func theWholeSolutionIsComparedAsAStepIs() throws {
        let completions = ["<think>hm</think>a = 1\nb = 2", "<think>hm</think>a = 1", "a = 1\nb = 2"]
        let step = try SimilarityReward(parameters: [:])
            .score(ScoreGroup(id: "g", expert: Self.expert, completions: completions)).scores
        #expect(try score(completions, [:]) == step)
        #expect(step.map(\.reward) == [1, 0.625, -1])
    }

    @Test func monologuesBetweenStepsAreTakenOff() throws {
        let scores = try score(
            [
                "<think>p</think>a = 1\n<think>q</think>b = 2", "a = 1\nb = 2", "<think>p</think>a = 1\n<think>q b = 2",
                "a = 1</think>\nb = 2", "<think>p<think>q</think></think>a", "<think>p</think>\n<think>q</think> ",
            ], ["monologues": "any"])
        #expect(scores[0] == .scored(reward: 1, components: ["similarity": 1]))
        #expect(scores[1] == scores[0])
        #expect(
            scores[2...] == [
                .formatViolation(reward: -1, reason: "unclosed"),
                .formatViolation(reward: -1, reason: "strayClosingTag"),
                .formatViolation(reward: -1, reason: "nested"), .formatViolation(reward: -1, reason: "emptyAction"),
            ])
    }

    @Test func parametersChangeTheFingerprint() throws {
        let all: [[String: JSONValue]] = [[:], ["monologues": "any"], ["granularity": "line"], ["autojunk": true]]
        #expect(Set(try all.map { try TrajectoryReward(parameters: $0).fingerprint }).count == all.count)
    }
}
