import Reward
import ServiceAPI
import Testing

@Suite struct SimilarityRewardTests {
    private func score(_ group: ScoreGroup, _ parameters: [String: JSONValue] = [:]) throws -> [ItemScore] {
        try SimilarityReward(parameters: parameters).score(group).scores
    }

    private func ratio(_ action: String, _ expert: String, _ parameters: [String: JSONValue] = [:]) throws -> Double? {
        try score(ScoreGroup(id: "g", expert: expert, actions: [action]), parameters)[0].reward
    }

    @Test func onlyTheActionOfACompletionCounts() throws {
        let scores = try score(
            ScoreGroup(
                id: "g", expert: "x = 2",
                completions: ["<think>x = 2</think>x = 2", "<think></think>\nx = 3\n", "x = 2", "<think>x = 2"]))
        #expect(scores[0] == .scored(reward: 1, components: ["similarity": 1]))
        #expect(scores[1].status == .scored)
        #expect(scores[2] == .formatViolation(reward: -1, reason: "missingOpeningTag"))
        #expect(scores[3] == .formatViolation(reward: -1, reason: "unclosed"))
    }

    @Test func anActionWithoutAnythingInItIsAFormatViolation() throws {
        for action in ["", " ", "\n\u{3000}\t"] {
            #expect(
                try score(ScoreGroup(id: "g", expert: "", actions: [action]))
                    == [.formatViolation(reward: -1, reason: "emptyAction")])
        }
        #expect(
            try score(ScoreGroup(id: "g", expert: "", actions: [""]), ["formatViolationReward": -0.5])[0].reward == -0.5
        )
    }

    /// Every value is CPython 3.11's.
    @Test func granularityDecidesWhatIsCompared() throws {
        #expect(try ratio("a c", "a b c") == 0.75)
        #expect(try ratio("a c", "a b c", ["granularity": "word"]) == 0.8)
        #expect(try ratio("a  b\tc", "a b c", ["granularity": "word"]) == 1)
        #expect(try ratio("one\ntwo\n", "one\r\nthree", ["granularity": "line"]) == 0.5)
        // Canonically equivalent is not equal: Python compares code points.
        #expect(try ratio("\u{E9}", "e\u{301}") == 0)
        #expect(try ratio("\u{E9}", "e\u{301}", ["granularity": "word"]) == 0)
    }

    @Test(arguments: [
        ("X = 2", "x = 2", "lowercase"), ("\u{130}", "i\u{307}", "lowercase"),
        ("  x =\n 2 ", "x = 2", "collapseWhitespace"), ("x\u{A0}= 2", "x = 2", "collapseWhitespace"),
        ("$\\left(\\dfrac12\\right)$", "(\\frac12)", "stripLatex"), ("\\(x\\,y\\)", "xy", "stripLatex"),
    ])
    func normalisationIsOffUnlessAskedFor(action: String, expert: String, key: String) throws {
        let plain = try #require(try ratio(action, expert))
        #expect(plain < 1)
        #expect(try ratio(action, expert, [key: true]) == 1)
    }

    @Test func aPrintedDollarSignIsNoLayout() throws {
        let stripped = try #require(try ratio("\\$5", "5", ["stripLatex": true]))
        #expect(stripped < 1)
    }

    @Test func autojunkIsDifflibsHeuristic() throws {
        let text = String(repeating: "ab", count: 150)
        #expect(try ratio(text, text) == 1)
        // Both letters are popular, so none is ever the start of a match.
        #expect(try ratio("x" + text, text, ["autojunk": true]) == 0)
    }

    @Test func tooLongIsAnErrorAndNoReward() throws {
        let function = try SimilarityReward(parameters: [:])
        func statuses(_ group: ScoreGroup) throws -> [ItemScore] {
            try function.score(group, limits: ScoringLimits(maximumTextLength: 3), shouldStop: { false }).scores
        }
        // Code points count, not bytes.
        let scores = try statuses(ScoreGroup(id: "g", expert: "\u{1F600}bc", actions: ["abcd", "\u{1F600}bc", ""]))
        #expect(scores.map(\.status) == [.error, .scored, .formatViolation])
        #expect(scores[0].reward == nil && scores[1].reward == 1)
        let all = try statuses(ScoreGroup(id: "g", expert: "abcd", actions: ["abc", ""]))
        #expect(all.map(\.status) == [.error, .formatViolation])
    }

    @Test func stopsBetweenItems() throws {
        var asked = 0
        #expect(throws: ScoringStopped.self) {
            try SimilarityReward(parameters: [:]).score(
                ScoreGroup(id: "g", expert: "a", actions: ["a", "b", "c"]), limits: ScoringLimits()
            ) {
                asked += 1
                return asked == 2
            }
        }
        #expect(asked == 2)
    }
}
