import Reward
import ServiceAPI
import Testing

@Suite struct StoredItemTests {
    @Test func aRolloutIsACompletionOfItsStep() throws {
        let line = #"""
            {"step": 3, "trajectory": "gsm-1", "trajectoryStep": 2, "sample": 0, "expert": "x = 2", "text": "<think></think>x",
             "tokens": [1, 2], "logProbabilities": [-0.5, -1], "finish": "end", "advantage": null, "fingerprint": "f",
             "score": {"status": "formatViolation", "reward": -1, "reason": "unclosed"}}
            """#
        #expect(
            try StoredItem.read(line) == [
                StoredItem(
                    expert: "x = 2", text: "<think></think>x", isCompletion: true,
                    score: .formatViolation(reward: -1, reason: "unclosed"), group: "3/gsm-1/2")
            ])
    }

    @Test(
        arguments: [
            (#"{"expert":"e","action":"a"}"#, false, nil, nil),
            (#"{"expert":"e","completion":"a","reward":0.5}"#, true, 0.5, nil),
            (#"{"expert":"e","action":"a","score":-1,"group":7}"#, false, -1, "7"),
            (#"{"expert":"e","action":"a","id":"one","score":{"status":"scored","reward":1}}"#, false, 1, nil),
        ] as [(String, Bool, Double?, String?)])
    func aPairMayHaveAScoreAndAGroup(line: String, isCompletion: Bool, reward: Double?, group: String?) throws {
        let item = try #require(try StoredItem.read(line).first)
        #expect(item.expert == "e" && item.text == "a" && item.isCompletion == isCompletion)
        #expect(item.score?.reward == reward && item.group == group)
    }

    @Test func aGroupIsItsItems() throws {
        let items = try StoredItem.read(
            #"{"id":"g","expert":"e","actions":["a","b"],"scores":[1,{"status":"error","error":{"code":"c","message":"m"}}]}"#
        )
        #expect(items.map(\.text) == ["a", "b"] && items.map(\.group) == ["g", "g"])
        #expect(items.map { $0.score?.status } == [.scored, .error])
    }

    @Test(
        arguments: [
            (#"{"expert":"e"}"#, nil, "exactly one of"),
            (#"{"expert":"e","action":"a","text":"t"}"#, nil, "exactly one of"),
            (#"{"action":"a"}"#, "", "the key 'expert' is missing"),
            (#"{"expert":1,"action":"a"}"#, "/expert", "is not a string"),
            (#"{"expert":"e","actions":["a"],"scores":[]}"#, "/scores", "has 0 scores for 1 items"),
            (#"{"expert":"e","action":"a","#, nil, "line 1"),
        ] as [(String, String?, String)])
    func saysWhatIsWrong(line: String, pointer: String?, message: String) {
        let error = #expect(throws: ProblemDetails.self) { try StoredItem.read(line) }
        #expect(error?.pointer == pointer)
        #expect(error?.detail?.contains(message) == true, "\(error?.detail ?? "")")
    }

    /// As RLVR's rollouts are stored: the text that was scored, and of an episode a row for each turn.
    @Test func whatWasScoredIsScoredAgainAndOnce() throws {
        func row(_ members: String) throws -> [StoredItem] {
            try StoredItem.read(
                #"{"step": 1, "trajectory": "a", "trajectoryStep": 0, "sample": 0, "expert": "42", "score": 1, \#(members)}"#
            )
        }
        #expect(try row(#""text": "42", "scored": "<think></think>42""#).map(\.text) == ["<think></think>42"])
        #expect(
            try row(#""text": "x", "turn": 0, "scored": "<think></think>x\n42""#).map(\.text) == [
                "<think></think>x\n42"
            ])
        #expect(try row(#""text": "42", "turn": 1, "scored": "<think></think>x\n42""#) == [])
    }

    @Test func anItemOfAGroupMayBeWithoutAScore() throws {
        let items = try StoredItem.read(#"{"id": "g", "expert": "a", "actions": ["a", "b"], "scores": [1, null]}"#)
        #expect(items.map(\.score) == [.scored(reward: 1, components: [:]), nil])
    }

    @Test func aGroupTakesWhatBelongsToIt() {
        func item(_ expert: String, group: String? = nil, isCompletion: Bool = false) -> StoredItem {
            StoredItem(expert: expert, text: "t", isCompletion: isCompletion, score: nil, group: group)
        }
        let place = StoredGroup.Place(file: "f", line: 1, item: 0)
        var group = StoredGroup(item("e"), at: place)
        func takes(_ item: StoredItem) -> Bool { group.append(item, at: place) }
        #expect(takes(item("e")))
        #expect(!takes(item("f")))
        #expect(!takes(item("e", group: "g")))
        #expect(!takes(item("e", isCompletion: true)))
        var accented = StoredGroup(item("é"), at: place)
        let same = accented.append(item("e\u{301}"), at: place)
        #expect(!same)
        #expect(group.group(id: "0") == ScoreGroup(id: "0", expert: "e", actions: ["t", "t"]))
    }
}
