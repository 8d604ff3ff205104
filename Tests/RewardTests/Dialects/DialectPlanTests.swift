import Reward
import ServiceAPI
import Testing

/// Labels and responses of other trainers, as groups of our own and back.
@Suite struct DialectPlanTests {
    private let texts = ResponseText(startTokens: [], endTokens: ["</s>"])

    private func item(
        _ label: ExpertLabel, _ response: String, _ evidence: DialectItem.Evidence = .none, at index: Int = 0
    ) throws -> DialectItem {
        try DialectItem(
            label: label, at: JSONPointer().appending("labels").appending(index), response: response,
            evidence: evidence)
    }

    private func plan(_ items: [DialectItem], _ settings: DialectSettings = DialectSettings()) throws -> DialectPlan {
        let registry = RewardRegistry.standard
        return try DialectPlan(
            items, settings: settings,
            standard: registry.make(name: settings.function, parameters: settings.parameters), make: registry.make)
    }

    private func scores(
        _ items: [DialectItem], _ settings: DialectSettings = DialectSettings(),
        limits: ScoringLimits = ScoringLimits()
    ) throws -> [DialectScore] {
        let plan = try plan(items, settings)
        return try plan.scores(
            from: plan.batches.map { try Scoring.score($0.groups, with: $0.function, limits: limits) })
    }

    @Test func itemsOfOneExpertStepAreOneGroup() throws {
        let items = try [
            item("x = 2", "<think></think>x = 2"), item("y", "<think></think>y"), item("x = 2", "<think></think>x = 3"),
            item(.fields(.init(expertStep: "x = 2", format: .action)), "x = 2"),
            item(.fields(.init(expertStep: "x = 2", function: "math.verify")), "<think></think>2"),
            item(.fields(.init(expertStep: "y", parameters: ["granularity": "word"])), "<think></think>y z"),
        ]
        let plan = try plan(items)
        #expect(plan.batches.map(\.name) == ["srl.similarity", "math.verify", "srl.similarity"])
        #expect(plan.batches.map { $0.groups.map(\.expert) } == [["x = 2", "y", "x = 2"], ["x = 2"], ["y"]])
        #expect(plan.batches[0].groups.map(\.itemCount) == [2, 1, 1])
        // In the request's order, whatever the batches are.
        #expect(try scores(items).map(\.reward) == [1, 1, 0.8, 1, 1, 2.0 / 3])
    }

    /// "é" as one code point and as two are equal strings, and different expert steps.
    @Test func canonicallyEqualLabelsAreDifferent() throws {
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        let items = try [composed, decomposed, composed, decomposed].map {
            try item(.fields(.init(expertStep: $0, format: .action)), composed)
        }
        #expect(try plan(items).batches.map { $0.groups.map(\.itemCount) } == [[2, 2]])
        #expect(try scores(items).map(\.reward) == [1, 0, 1, 0])
    }

    /// No parameters are not those of any other label.
    @Test func strangeParametersAreNotNone() {
        let strange = ExpertLabel.fields(.init(expertStep: "x", parameters: ["": .null]))
        let error = #expect(throws: ProblemDetails.self) {
            try scores([item("x", "<think></think>x"), item(strange, "<think></think>x", at: 1)])
        }
        #expect(error?.status == 422 && error?.pointer == "/labels/1")
    }

    @Test func anItemWithoutAScoreIsNotLeftOut() throws {
        let plan = try plan([item("x", "x"), item("y", "y", at: 1)])
        let response = try Scoring.score([plan.batches[0].groups[0]], with: plan.batches[0].function)
        let error = #expect(throws: ProblemDetails.self) { try plan.scores(from: [response]) }
        #expect(error?.status == 500 && error?.pointer == "/labels/1")
    }

    @Test func fingerprintsAreFew() {
        func text(_ names: [String]) -> String {
            DialectPlan.fingerprints(of: names.map { ScoreResponse(fingerprint: $0, groups: []) })
        }
        #expect(text(["b", "a", "b"]) == "b, a")
        let many = (0..<10).map(String.init)
        #expect(text(Array(many.prefix(8))) == "0, 1, 2, 3, 4, 5, 6, 7")
        #expect(text(many + many) == "0, 1, 2, 3, 4, 5, 6, 7, and 2 more")
    }

    /// What a response is, by label, prompt and settings.
    @Test(arguments: [
        (ResponseFormat.completion, nil as ResponseFormat?, "", "<think>m</think>x", 1.0),
        (.completion, nil, "", "m</think>x", -1),
        (.completion, nil, "..<think>\n", "m</think>x", 1),
        (.completion, nil, "<think>", "<think>m</think>x", -1),
        (.completion, nil, "<think> ..", "m</think>x", -1),
        (.opened, nil, "", "m</think>x", 1),
        (.action, nil, "", "x", 1),
        (.action, nil, "<think>", "x", 1),
        (.action, .completion, "", "<think>m</think>x", 1),
        (.completion, .action, "", "x", 1),
        (.completion, .opened, "", "m</think>x", 1),
    ])
    func readsTheMonologueOnce(
        standard: ResponseFormat, own: ResponseFormat?, prompt: String, response: String, reward: Double
    ) throws {
        var settings = DialectSettings()
        settings.format = standard
        let label = ExpertLabel.fields(.init(expertStep: "x", format: own))
        let request = SlimeRequest(prompt: .text(prompt), response: response + "</s>", label: label)
        #expect(try scores([request.item(texts)], settings)[0].reward == reward)
        let other = OpenRLHFRequest(query: [prompt + response + "</s>"], prompts: [prompt], labels: [label])
        #expect(try scores(other.items(texts), settings)[0].reward == reward)
    }

    /// Messages do not say what the chat template makes of them.
    @Test func messagesSayNothingOfTheMonologue() throws {
        let request = SlimeRequest(
            prompt: .messages([["role": "user", "content": "<think>"]]), response: "m</think>x", label: .text("x"))
        #expect(try scores([request.item(texts)])[0].isFormatViolation)
    }

    @Test func whatCannotBeScoredFailsTheRequest() throws {
        func problem(_ label: ExpertLabel, _ response: String) -> ProblemDetails? {
            do {
                _ = try scores(
                    [item("x", "<think></think>x"), item(label, response, at: 7)],
                    limits: ScoringLimits(maximumTextLength: 9))
                return nil
            } catch {
                return error as? ProblemDetails
            }
        }
        let long = problem("x", "<think></think>0123456789")
        #expect(long?.status == 413 && long?.pointer == "/labels/7")
        #expect(
            long?.detail?.hasPrefix("the item cannot be scored: textTooLong: the action has 10 code points") == true)
        let unclear = problem(.fields(.init(expertStep: "\\frac{", function: "math.verify")), "<think></think>2")
        #expect(unclear?.status == 422 && unclear?.detail?.contains("expertUnparsable") == true)
        #expect(problem("x", "nothing") == nil)
    }

    @Test(arguments: [
        ("math.verifi" as String?, nil as [String: JSONValue]?, "/function: there is no reward function 'math.verifi'"),
        (
            nil as String?, ["granularity": "letter"] as [String: JSONValue]?,
            "/parameters/granularity: 'letter' is not one of"
        ),
    ])
    func aLabelsMistakeIsNamedAtTheLabel(
        function: String?, parameters: [String: JSONValue]?, detail: String
    ) throws {
        let label = ExpertLabel.fields(.init(expertStep: "x", function: function, parameters: parameters))
        let error = #expect(throws: ProblemDetails.self) { try scores([item(label, "", at: 3)]) }
        #expect(error?.status == 422 && error?.pointer == "/labels/3")
        #expect(error?.detail?.hasPrefix(detail) == true, "\(error?.detail ?? "")")
    }

    @Test func listsGoInThrees() {
        for (prompts, labels, pointer) in [(["a"], ["x", "y"], "/labels"), (["a", "b", "c"], ["x"], "/prompts")] {
            let request = OpenRLHFRequest(query: ["ab"], prompts: prompts, labels: labels.map { .text($0) })
            let error = #expect(throws: ProblemDetails.self) { try request.items(texts) }
            #expect(error?.status == 422 && error?.pointer == pointer)
        }
    }

    /// The keys are the settings', whatever became of the items.
    @Test func logsHaveTheSameKeysAlways() throws {
        let scores = try scores([
            item("x = 2", "<think></think>x = 3"), item("x", "x"),
            item(.fields(.init(expertStep: "2", function: "math.verify")), "<think></think>2"),
        ])
        let response = OpenRLHFResponse(scores, components: ["similarity", "other"])
        #expect(response.rewards == [0.8, -1, 1] && response.scores == [0.8, 0, 1])
        #expect(
            response.extraLogs == ["format_violation": [0, 1, 0], "similarity": [0.8, 0, 0], "other": [0, 0, 0]])
        #expect(SlimeResponse(scores[1], .number, components: []) == .number(-1))
        #expect(
            SlimeResponse(scores[1], .object, components: ["score"])
                == .object(["score": -1, "format_violation": 1]))
    }

    @Test func largeRewardsAreScoresOfOne() throws {
        var settings = DialectSettings()
        settings.function = "combine"
        let scores = try scores([item("x", "<think></think>x")], settings)
        #expect(scores[0].reward == 2)
        #expect(OpenRLHFResponse(scores, components: []).scores == [1])
    }

    /// Every function says which components it has.
    @Test(arguments: RewardRegistry.standard.names)
    func componentNamesAreThoseOfScores(name: String) throws {
        let function = try RewardRegistry.standard.make(name: name, parameters: [:])
        let group = ScoreGroup(id: "g", expert: "ls 1", completions: ["<think></think>ls 1"])
        guard case .scored(_, let components, _) = function.score(group).scores[0] else {
            Issue.record("\(name) does not score a completion")
            return
        }
        #expect(function.componentNames.sorted() == components.keys.sorted())
    }
}

extension ExpertLabel: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
}
