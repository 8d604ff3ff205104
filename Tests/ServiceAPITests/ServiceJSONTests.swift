import ServiceAPI
import Testing

/// How messages are read and written, and what is said of those that are none.
@Suite struct ServiceJSONTests {
    private struct Sample: ValidatedMessage, Equatable {
        var name: String
        var count: Int?
        var share: Double?
        var flags: [Bool]?
        var inner: [String: Int]?

        func validate(at pointer: JSONPointer) throws(ProblemDetails) {
            try Require.notEmpty(name, at: pointer.appending("name"))
        }
    }

    private static func problem(_ text: String) -> String? {
        do throws(ProblemDetails) {
            _ = try ServiceJSON.decodeRequest(Sample.self, from: Array(text.utf8))
            return nil
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        ("{}", "422 The request is not valid: the whole body: the key 'name' is missing"),
        ("[]", "422 The request is not valid: the whole body: is not an object"),
        ("null", "422 The request is not valid: the whole body: is null, and an object is needed"),
        ("3", "422 The request is not valid: the whole body: is not an object"),
        (#"{"name":""}"#, "422 The request is not valid: /name: must not be empty"),
        (#"{"name":1}"#, "422 The request is not valid: /name: is not a string"),
        (#"{"name":null}"#, "422 The request is not valid: /name: is null, and a string is needed"),
        (#"{"name":"a","count":"1"}"#, "422 The request is not valid: /count: is not a whole number"),
        (#"{"name":"a","count":1.5}"#, "422 The request is not valid: a number does not fit its field"),
        (#"{"name":"a","share":true}"#, "422 The request is not valid: /share: is not a number"),
        (#"{"name":"a","flags":{}}"#, "422 The request is not valid: /flags: is not an array"),
        (#"{"name":"a","flags":[true,0]}"#, "422 The request is not valid: /flags/1: is not a boolean"),
        (#"{"name":"a","inner":[]}"#, "422 The request is not valid: /inner: is not an object"),
        (#"{"name":"a","inner":{"x/y~z":"1"}}"#, "422 The request is not valid: /inner/x~1y~0z: is not a whole number"),
        (#"{"name":"a""#, "400 The body is not JSON: line 1, column 12: expected a comma or }, found the end"),
    ])
    func saysWhatIsWrongAndWhere(text: String, message: String) {
        #expect(Self.problem(text) == message)
    }

    @Test func decodesWithoutChecksWhereNoneAreAskedFor() throws {
        #expect(try ServiceJSON.decode(Sample.self, from: Array(#"{"name":""}"#.utf8)).name == "")
    }

    @Test func writesSortedKeysAndPlainSlashes() throws {
        let sample = Sample(name: "a/b", count: 2, inner: ["z": 1, "b": 2])
        let text = String(decoding: try ServiceJSON.encode(sample), as: UTF8.self)
        #expect(text == #"{"count":2,"inner":{"b":2,"z":1},"name":"a/b"}"#)
        let pretty = try ServiceJSON.encode(sample, pretty: true)
        #expect(String(decoding: pretty, as: UTF8.self).split(separator: "\n").count == 8)
        #expect(try ServiceJSON.decode(Sample.self, from: pretty) == sample)
    }

    @Test(arguments: [(Double.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf")])
    func writesNoNumberThatIsNone(value: Double, text: String) {
        let message = ScoreResponse(
            fingerprint: "f", groups: [ScoredGroup(id: "g", scores: [.scored(reward: value, components: [:])])])
        let problem = #expect(throws: ProblemDetails.self) { try ServiceJSON.encode(message) }
        #expect(
            problem?.description
                == "500 The service failed: /groups/0/scores/0/reward: \(text) cannot be written as JSON")
    }
}
