import ServiceAPI
import TestSupport
import Testing

/// Reading and writing without Foundation: never anything else than with it.
@Suite struct DirectJSONTests {
    private static let usual = #"""
        { "function" : "srl.similarity", "parameters": {"granularity": "word", "autojunk": true, "x": [null, -1.5e2, 0, {}]},
          "groups": [ {"id": "g1", "expert": "x = 2 \u00e9\n\ud83d\ude00 \"\\\/\b\f\r\t", "actions": ["x = 2", "é 😀", "", "seven!!", "eight!!!", "nine!!!!!"]},
                      {"id": "g2", "expert": "", "completions": []}
        ]}
        """#

    private static func result<Message>(_ body: () throws(ProblemDetails) -> Message) -> Result<Message, ProblemDetails>
    {
        do throws(ProblemDetails) { return .success(try body()) } catch { return .failure(error) }
    }

    private static func check(_ bytes: [UInt8]) {
        let direct = result { () throws(ProblemDetails) in try ServiceJSON.decode(ScoreRequest.self, from: bytes) }
        let strict = result { () throws(ProblemDetails) in
            try ServiceJSON.decodeStrictly(ScoreRequest.self, from: bytes)
        }
        #expect(direct == strict, "\(String(decoding: bytes, as: UTF8.self))")
    }

    @Test func readsWhatIsUsual() throws {
        let bytes = Array(Self.usual.utf8)
        let request = try #require(ScoreRequest.read(bytes))
        #expect(request == (try ServiceJSON.decodeStrictly(ScoreRequest.self, from: bytes)))
        #expect(request.groups[0].expert == "x = 2 é\n😀 \"\\/\u{8}\u{C}\r\t")
    }

    @Test(arguments: [
        "", "{", "[]", "null", #"{"function":"f"}"#, #"{"groups":[]}"#, #"{"function":"f","groups":[],}"#,
        #"{"function":"f","groups":[]} x"#, #"{"function":"f","function":"g","groups":[]}"#,
        #"{"function":"f","groups":[],"more":1}"#, #"{"function":"f","groups":null}"#,
        #"{"function":"f","parameters":null,"groups":[]}"#, #"{"function":"f","parameters":[],"groups":[]}"#,
        #"{"function":"f","parameters":{"a":1,"a":2},"groups":[]}"#,
        #"{"function":"f","parameters":{"a":1e999},"groups":[]}"#,
        #"{"function":"f","parameters":{"a":1e-999},"groups":[]}"#,
        #"{"function":"f","parameters":{"a":01},"groups":[]}"#, #"{"function":"f","parameters":{"a":-0},"groups":[]}"#,
        #"{"function":"f","parameters":{"a":9007199254740993},"groups":[]}"#,
        #"{"function":"f","parameters":{"a":tru},"groups":[]}"#,
        #"{"function":"f","groups":[{"id":"a","expert":"\ud800","actions":[]}]}"#,
        #"{"function":"f","groups":[{"id":"a","expert":"\udc00\ud800","actions":[]}]}"#,
        #"{"function":"f","groups":[{"id":"a","expert":"\u0000","actions":[]}]}"#,
        #"{"function":"f","groups":[{"id":"a","expert":"\x","actions":[]}]}"#,
        #"{"function":"f","groups":[{"\u0069d":"a","expert":"e","actions":null}]}"#,
        #"{"function":"f","groups":[{"id":"a","id":"b","expert":"e","actions":[]}]}"#,
        #"{"function":"f","groups":[{"id":"a","expert":1,"actions":[]}]}"#,
        "{\"function\":\"f\u{7f}\",\"groups\":[]}", "{\"function\":\"1234567\u{1f}\",\"groups\":[]}",
        "\u{FEFF}{\"function\":\"f\",\"groups\":[]}",
    ])
    func readsTheSame(text: String) { Self.check(Array(text.utf8)) }

    @Test func readsNoDeeperThanTheStrictWay() {
        for depth in [31, 32, 33, 125, 126, 127, 128] {
            let value = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            Self.check(Array(#"{"function":"f","parameters":{"a":\#(value)},"groups":[]}"#.utf8))
        }
    }

    /// One to three bytes changed, taken out or put in, many times: whatever comes of it is read alike or refused alike.
    @Test func readsDamagedTextAlike() {
        var generator = SeededGenerator(seed: 4)
        let usual = Array(Self.usual.utf8)
        let inserted = Array("\"\\{}[],:0-.eu \n\u{1}n".utf8) + [0x80, 0xC3, 0xED, 0xFF]
        for _ in 0..<3_000 {
            var bytes = usual
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes.remove(at: index)
                case 1: bytes.insert(inserted.randomElement(using: &generator)!, at: index)
                default: bytes[index] = inserted.randomElement(using: &generator)!
                }
            }
            Self.check(bytes)
        }
    }

    /// - Parameter directly: Whether it is written without Foundation.
    private static func checkWriting(_ response: ScoreResponse, directly: Bool = true) throws {
        #expect((response.written() != nil) == directly)
        let bytes = try ServiceJSON.encode(response)
        let expected = try ServiceJSON.encodeWithFoundation(response)
        #expect(bytes == expected, "\(String(decoding: bytes, as: UTF8.self))")
    }

    @Test func writesTheSame() throws {
        let scalars = (0..<0x3000).compactMap(Unicode.Scalar.init).filter {
            $0 >= " " || "\n\r\t".unicodeScalars.contains($0)
        }
        let text = String(String.UnicodeScalarView(scalars)) + "😀/\\\""
        let usual = ScoreResponse(
            fingerprint: "srl.similarity@1+0",
            groups: [
                ScoredGroup(id: "a/\"\\\n\r\té", scores: []),
                ScoredGroup(
                    id: "g",
                    scores: [
                        .scored(reward: 0.1, components: ["similarity": 0.1]), .scored(reward: 1, components: [:]),
                        .scored(reward: -0.0, components: ["b": 1e300, "a": -2, "ab": 1e-7]),
                        .formatViolation(reward: -1, reason: "noAction"),
                        .error(ItemError(code: "textTooLong", message: "é > 3")),
                    ]),
            ])
        try Self.checkWriting(usual)
        try Self.checkWriting(ScoreResponse(fingerprint: text, groups: []))
        try Self.checkWriting(
            ScoreResponse(
                fingerprint: "f",
                groups: [
                    ScoredGroup(
                        id: "g",
                        scores: [
                            .scored(
                                reward: 1, components: ["a10": 1, "a9": 2, "B": 3, "é": 4], details: ["k": ["v", nil]])
                        ])
                ]), directly: false)
        for control in ["\u{0}", "\u{8}", "\u{1F}"] {
            try Self.checkWriting(ScoreResponse(fingerprint: control, groups: []), directly: false)
        }
    }

    @Test func writesNumbersAlike() throws {
        var generator = SeededGenerator(seed: 5)
        let numbers =
            (0..<2_000).map { _ in Double(bitPattern: generator.next()) }.filter(\.isFinite)
            + (0..<2_000).map { Double($0) / 997 } + [
                .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e15, 1e16, 123_456_789_012_345_680,
            ]
        try Self.checkWriting(
            ScoreResponse(
                fingerprint: "f",
                groups: [ScoredGroup(id: "g", scores: numbers.map { .formatViolation(reward: $0, reason: "") })]))
    }
}
