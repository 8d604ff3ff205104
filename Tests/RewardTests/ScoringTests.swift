import Reward
import ServiceAPI
import Testing

@Suite struct ScoringTests {
    @Test func keepsTheOrderAndRepeatsTheFingerprint() throws {
        let groups = (0..<50).map { ScoreGroup(id: "g\($0)", expert: "\($0)", actions: ["\($0)", "x"]) }
        let response = try Scoring.score(ScoreRequest(function: "srl.similarity", groups: groups))
        #expect(response.groups.map(\.id) == groups.map(\.id))
        #expect(response.groups.allSatisfy { $0.scores.map(\.reward) == [1, 0] })
        #expect(response.fingerprint == (try RewardRegistry.standard.listing().functions[0].fingerprint))
    }

    @Test func aFunctionThatIsNotThere() {
        let error = #expect(throws: ProblemDetails.self) {
            try Scoring.score(ScoreRequest(function: "srl.other", groups: []))
        }
        #expect(error?.pointer == "/function" && error?.detail?.contains("known are srl.similarity") == true)
    }
}
