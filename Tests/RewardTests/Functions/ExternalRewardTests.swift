import Reward
import ServiceAPI
import Testing

@Suite struct ExternalRewardTests {
    /// Answers what it is told to.
    private struct Program: ExternalProgram {
        var identity = "p 1"
        var reply: @Sendable ([String: JSONValue]) throws(ItemError) -> [String: JSONValue]

        func answer(to message: [String: JSONValue]) throws(ItemError) -> [String: JSONValue] { try reply(message) }
    }

    private func score(
        _ group: ScoreGroup, _ reply: @escaping @Sendable ([String: JSONValue]) throws(ItemError) -> [String: JSONValue]
    ) throws -> [ItemScore] {
        let registry = RewardRegistry.standard(in: RewardEnvironment(programs: ["p": Program(reply: reply)]))
        return try registry.make(name: "external", parameters: ["options": ["k": 1]]).score(group).scores
    }

    @Test func theProgramGetsWhatCanBeScored() throws {
        let group = ScoreGroup(id: "g", expert: "e", completions: ["<think>m</think>a", "b", "<think></think>c"])
        let scores = try score(group) { (message) throws(ItemError) in
            #expect(message == ["expert": "e", "actions": ["a", "c"], "options": ["k": 1]])
            return ["scores": [0.5, ["reward": 2, "components": ["x": 1], "details": ["why": "so"]]]]
        }
        #expect(
            scores == [
                .scored(reward: 0.5, components: ["external": 0.5]),
                .formatViolation(reward: -1, reason: "missingOpeningTag"),
                .scored(reward: 2, components: ["x": 1], details: ["why": "so"]),
            ])
    }

    private static let wrongAnswers: [([String: JSONValue], String, String)] = [
        (["scores": [1]], "externalAnswer", "the program's answer has 1 scores for 2 actions"),
        (["score": 1], "externalAnswer", "the program's answer has no list 'scores'"),
        (["error": "no"], "externalError", "no"),
        (["scores": [["error": "bad"], 1]], "externalError", "bad"),
        (
            ["scores": ["x", 1]], "externalAnswer",
            "the program's answer has a string at /scores/0, and a number or an object is needed"
        ),
        (
            ["scores": [[:], 1]], "externalAnswer",
            "the program's answer has neither a number 'reward' nor a text 'error' at /scores/0"
        ),
        (
            ["scores": [["reward": 1, "components": ["x": "y"]], 1]], "externalAnswer",
            "the program's answer has a component that is no number at /scores/0/components/x"
        ),
    ]

    @Test(arguments: wrongAnswers)
    func aWrongAnswerIsAnErrorAndNoReward(answer: [String: JSONValue], code: String, message: String) throws {
        let scores = try score(ScoreGroup(id: "g", expert: "e", actions: ["a", "b"])) { (_) throws(ItemError) in answer
        }
        #expect(scores[0] == .error(ItemError(code: code, message: message)))
    }

    @Test func withoutProgramsThereIsNoSuchFunction() throws {
        #expect(!RewardRegistry.standard.names.contains("external"))
        let error = #expect(throws: ProblemDetails.self) { try ExternalReward(parameters: ["program": "x"]) }
        #expect(
            error?.detail == "there is no program 'x'; this server has none" && error?.pointer == "/parameters/program")
    }

    @Test func programAndOptionsAreInTheFingerprint() throws {
        func fingerprint(_ identity: String, _ parameters: [String: JSONValue]) throws -> String {
            let program = Program(identity: identity) { (message) throws(ItemError) in message }
            return try RewardRegistry.standard(in: RewardEnvironment(programs: ["p": program]))
                .make(name: "external", parameters: parameters).fingerprint
        }
        let all = [
            try fingerprint("p 1", [:]), try fingerprint("p 2", [:]), try fingerprint("p 1", ["options": ["k": 1]]),
        ]
        #expect(Set(all).count == 3)
    }
}
