import Reward
import ServiceAPI
import Testing

@Suite struct ExplainingTests {
    private func explain(
        _ function: String, _ parameters: [String: JSONValue], _ request: ExplainRequest
    ) throws -> ExplainResponse {
        try Explaining.explain(request, with: RewardRegistry.standard.make(name: function, parameters: parameters))
    }

    private func pair(_ action: String, _ expert: String) -> ExplainRequest {
        ExplainRequest(function: "-", expert: expert, action: action)
    }

    /// The blocks that are shown are those that the score is made of.
    @Test(
        arguments: [
            ("srl.similarity", [:]), ("srl.similarity", ["granularity": "word", "lowercase": true]),
            ("srl.similarity", ["granularity": "line"]), ("srl.trajectory", [:]), ("agent.action", [:]),
        ] as [(String, [String: JSONValue])])
    func theRatioIsTheComponent(function: String, parameters: [String: JSONValue]) throws {
        let explanation = try explain(
            function, parameters, pair("So we run\n`ls -l /tmp`\nAnd see", "so we run\n`ls /tmp`\nand see"))
        guard case .scored(_, let components, _) = explanation.score else {
            Issue.record("\(explanation.score)")
            return
        }
        #expect(explanation.comparisons.count == 1)
        #expect(explanation.comparisons.first?.ratio == components["similarity"])
    }

    @Test func theMonologueIsNotCompared() throws {
        let request = ExplainRequest(function: "-", expert: "x = 2", completion: "<think>hm</think>x = 3")
        let comparison = try #require(try explain("srl.similarity", request).comparisons.first)
        #expect(comparison.action.segments == [.init(.match, "x = ", block: 0), .init(.difference, "3")])
    }

    @Test func whatIsComparedIsShownNormalised() throws {
        let comparison = try #require(
            try explain("srl.similarity", ["lowercase": true, "collapseWhitespace": true], pair("A  B", "a b"))
                .comparisons.first)
        #expect(comparison.action.segments == [.init(.match, "a b", block: 0)])
    }

    @Test func partsOfCombineAreNamed() throws {
        let explanation = try explain(
            "combine",
            [
                "functions": [
                    ["function": "srl.similarity", "name": "chars"], ["function": "math.verify"],
                    ["function": "srl.similarity", "name": "words", "parameters": ["granularity": "word"]],
                ]
            ], pair("x = 2", "x = 2"))
        #expect(explanation.comparisons.map(\.part) == ["chars", "words"])
        #expect(explanation.comparisons.map(\.unit) == [.scalar, .word])
    }

    @Test func whatWasNotComparedHasNoComparison() throws {
        let violation = try explain("srl.similarity", pair(" ", "x"))
        #expect(violation.score == .formatViolation(reward: -1, reason: "emptyAction") && violation.comparisons == [])
        let long = try Explaining.explain(
            pair("xxxx", "x"), with: SimilarityReward(parameters: [:]), limits: ScoringLimits(maximumTextLength: 3))
        #expect(long.score.status == .error && long.comparisons == [])
        let answer = try explain("math.verify", pair("2", "2"))
        #expect(answer.score.reward == 1 && answer.comparisons == [])
    }

    private func explain(_ function: String, _ request: ExplainRequest) throws -> ExplainResponse {
        try explain(function, [:], request)
    }
}
