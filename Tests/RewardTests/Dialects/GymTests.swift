import Foundation
import Reward
import ServiceAPI
import Testing

/// NeMo Gym's rollouts and statistics.
@Suite struct GymTests {
    private static let folder = SharedData.repository + "/Tests/Fixtures/dialects/"

    private struct Aggregation: Decodable {
        let request: GymAggregateRequest
        let response: GymAggregateResponse
    }

    /// As NeMo Gym's own `compute_aggregate_metrics` (Tests/Fixtures/record_dialects.py).
    @Test func aggregatesAreGyms() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: Self.folder + "gym-aggregates.json")))
        let cases = try ServiceJSON.decode([Aggregation].self, from: bytes)
        #expect(cases.count == 3)
        for aggregation in cases {
            let response = GymMetrics.response(to: aggregation.request)
            let (found, expected) = try (json(response), json(aggregation.response))
            #expect(Self.differences(found, expected, at: JSONPointer()) == [])
        }
    }

    private func json(_ message: GymAggregateResponse) throws -> JSONValue {
        try ServiceJSON.decode(JSONValue.self, from: ServiceJSON.encode(message))
    }

    private static func differences(_ one: JSONValue?, _ other: JSONValue?, at place: JSONPointer) -> [String] {
        switch (one, other) {
        case (.number(let one)?, .number(let other)?) where abs(one - other) <= 1e-12 * max(1, abs(other)): return []
        case (.object(let one)?, .object(let other)?):
            return Set(one.keys).union(other.keys).sorted()
                .flatMap { differences(one[$0], other[$0], at: place.appending($0)) }
        case (.array(let one)?, .array(let other)?) where one.count == other.count:
            return one.indices.flatMap { differences(one[$0], other[$0], at: place.appending($0)) }
        default: return one == other ? [] : ["\(place): \(one?.canonicalText ?? "-"), \(other?.canonicalText ?? "-")"]
        }
    }

    private func request(_ output: String, _ rest: String = "") throws -> ([UInt8], GymVerifyRequest) {
        let body = Array(
            #"{ "expert_step": "x", "responses_create_params": {}, "response": {"output": \#(output)}\#(rest) } "#.utf8)
        return (body, try ServiceJSON.decodeRequest(GymVerifyRequest.self, from: body))
    }

    @Test(arguments: [
        (
            #"[{"type": "message", "content": [{"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}]}]"#,
            "ab"
        ),
        (#"[{"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}]"#, ""),
        (
            #"[{"type": "message", "role": "assistant", "content": "a"}, {"type": "message", "role": "user", "content": "b"}]"#,
            "a"
        ),
        (
            #"[{"type": "message", "content": "a"}, {"type": "message", "content": "b"}, {"type": "function_call"}]"#,
            "b"
        ),
        (#"[{"type": "message", "content": null}]"#, ""),
        ("[]", ""),
    ])
    func theLastMessageCounts(output: String, text: String) throws {
        #expect(try request(output).1.response.text == text)
    }

    /// A reasoning parser has taken the monologue off: what is left is the action.
    @Test func reasoningIsAMonologue() throws {
        let texts = ResponseText(startTokens: [], endTokens: [])
        let message = #"{"type": "message", "content": "x"}"#
        for (output, isViolation) in [
            ("[\(message)]", true), (#"[{"type": "reasoning", "summary": []}, \#(message)]"#, false),
            (#"[{"type": "reasoning", "summary": []}]"#, true),
        ] {
            let item = try request(output).1.item(texts)
            let registry = RewardRegistry.standard
            let plan = try DialectPlan(
                [item], settings: DialectSettings(), standard: registry.make(name: "srl.similarity", parameters: [:]),
                make: registry.make)
            let scores = try plan.scores(
                from: plan.batches.map { try Scoring.score($0.groups, with: $0.function) })
            #expect(scores[0].isFormatViolation == isViolation, "\(output)")
        }
    }

    /// Numbers that a Double cannot hold, white space and order come back as they were.
    @Test func theAnswerIsTheRequestAndTheReward() throws {
        let (body, message) = try request("[]", #", "id": 12345678901234567890123, "similarity": "task's own""#)
        let answer = try message.answer(to: body, .init(reward: 0.5, similarity: 0.5), components: ["similarity"])
        let text = String(decoding: answer, as: UTF8.self)
        #expect(
            text == #"""
                { "expert_step": "x", "responses_create_params": {}, "response": {"output": []}, "id": 12345678901234567890123, \#
                "similarity": "task's own" ,"reward":0.5,"reward_components":{"format_violation":0,"similarity":0.5},"format_violation":0}
                """#)
    }
}

extension DialectScore {
    fileprivate init(reward: Double, similarity: Double) {
        self.init(reward: reward, isFormatViolation: false, components: ["similarity": similarity])
    }
}
