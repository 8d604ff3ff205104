import Foundation
import ServiceAPI
import Testing

/// What is JSON and what is not, and where not.
@Suite struct JSONSyntaxTests {
    private static func problem(_ bytes: [UInt8]) -> ProblemDetails? {
        do throws(ProblemDetails) {
            _ = try ServiceJSON.decode(JSONValue.self, from: bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("", "line 1, column 1: expected a value, found the end"),
        (" \n ", "line 2, column 2: expected a value, found the end"),
        ("{", "line 1, column 2: expected a key in double quotes or }, found the end"),
        ("{a:1}", "line 1, column 2: expected a key in double quotes or }, found a"),
        (#"{"a" 1}"#, "line 1, column 6: expected a colon, found 1"),
        (#"{"a""#, "line 1, column 5: expected a colon, found the end"),
        (#"{"a":}"#, "line 1, column 6: expected a value, found }"),
        (#"{"a":1]"#, "line 1, column 7: expected a comma or }, found ]"),
        (#"{"a":1,}"#, "line 1, column 8: expected a key in double quotes, found }"),
        ("[1,]", "line 1, column 4: expected a value, found ]"),
        ("[,1]", "line 1, column 2: expected a value or ], found ,"),
        ("[1 2]", "line 1, column 4: expected a comma or ], found 2"),
        ("[1", "line 1, column 3: expected a comma or ], found the end"),
        ("]", "line 1, column 1: expected a value, found ]"),
        ("1 1", "line 1, column 3: expected the end, found 1"),
        ("{}\n{}", "line 2, column 1: expected the end, found {"),
        ("01", "line 1, column 1: a number must not begin with 0"),
        ("-", "line 1, column 2: expected a digit, found the end"),
        ("+1", "line 1, column 1: expected a value, found +"),
        (".5", "line 1, column 1: expected a value, found ."),
        ("1.", "line 1, column 3: expected a digit, found the end"),
        ("1.e3", "line 1, column 3: expected a digit, found e"),
        ("1e+", "line 1, column 4: expected a digit, found the end"),
        ("NaN", "line 1, column 1: expected a value, found N"),
        ("[nul]", "line 1, column 2: expected a value or ], found n"),
        ("'a'", "line 1, column 1: expected a value, found '"),
        (#""a"#, "line 1, column 3: expected the closing quote of a string, found the end"),
        (#""\x""#, "line 1, column 2: there is no such escape in JSON"),
        (#""\"#, "line 1, column 3: expected the rest of an escape, found the end"),
        (#""\u12""#, #"line 1, column 2: \u needs four hexadecimal digits"#),
        (#""\u+123""#, #"line 1, column 2: \u needs four hexadecimal digits"#),
        (#""\ud800""#, "line 1, column 2: half a surrogate pair is no character"),
        (#""\ud800\u0041""#, "line 1, column 2: half a surrogate pair is no character"),
        (#""\udc00""#, "line 1, column 2: half a surrogate pair is no character"),
        ("\"a\tb\"", "line 1, column 3: a control character in a string must be escaped"),
        ("{\n  \"é😀\": ?}", "line 2, column 9: expected a value, found ?"),
        ("\u{FEFF}1", "line 1, column 1: expected a value, found \u{FEFF}"),
        ("\u{0}", "line 1, column 1: expected a value, found a control character"),
        ("// a\n1", "line 1, column 1: expected a value, found /"),
    ])
    func refusesWithPlace(text: String, detail: String) {
        let problem = Self.problem(Array(text.utf8))
        #expect(problem == ProblemDetails(kind: .malformedJSON, detail: detail))
    }

    @Test func refusesMoreValuesThanMemoryShouldHold() throws {
        let most = 1 << 21
        func list(_ zeros: Int) -> String { "[0" + String(repeating: ",0", count: zeros - 1) + "]" }
        // The array itself is a value, too.
        let detail = "line 1, column \(2 * most): there are more than 2097152 values"
        #expect(Self.problem(Array(list(most).utf8)) == ProblemDetails(kind: .malformedJSON, detail: detail))
        // The direct reader leaves what is too much to the strict one.
        func request(_ zeros: Int) -> [UInt8] {
            Array(#"{"function": "f", "groups": [], "parameters": {"a": \#(list(zeros))}}"#.utf8)
        }
        #expect(try ServiceJSON.decode(ScoreRequest.self, from: request(most - 10)).parameters?.count == 1)
        do throws(ProblemDetails) {
            _ = try ServiceJSON.decode(ScoreRequest.self, from: request(most))
            Issue.record("it was read")
        } catch {
            #expect(error.detail?.hasSuffix("there are more than 2097152 values") == true)
        }
    }

    @Test func refusesWhatIsNotUTF8() {
        for bytes: [UInt8] in [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0x80, 0x22],
        ] {
            #expect(Self.problem(bytes)?.detail == "line 1, column 2: the text is not UTF-8")
        }
        #expect(Self.problem(Array("1".utf16.flatMap { [UInt8($0), 0] }))?.status == 400)
    }

    /// Foundation's decoder recurses: depth that nobody needs must not exhaust the stack.
    @Test func boundsNesting() {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(Self.problem(nested(128)) == nil)
        let detail = "line 1, column 129: arrays and objects are nested deeper than 128"
        #expect(Self.problem(nested(129))?.detail == detail)
        #expect(Self.problem(nested(1_000_000))?.detail == detail)
        #expect(Self.problem(Array(String(repeating: #"{"a":"#, count: 200_000).utf8))?.status == 400)
    }

    @Test(arguments: [
        " null ", "true", "false", "0", "-0", "-0.5e-3", "1E+5", #""""#, #""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, "[]",
        "[ ]", "{ }", "\r\n[1 ,\t2]", #"{"a":{"b":[{}]},"":[[]]}"#, "\"\u{7F}é\u{10FFFF}\"",
    ])
    func takesWhatIsJSON(text: String) {
        #expect(Self.problem(Array(text.utf8)) == nil)
    }

    /// Cut or changed anywhere, a document gives an answer, never a crash; and what is taken can be written and read again.
    @Test func survivesDamage() throws {
        let whole = Array(#"{"a":[1.5e3,-2,"x\u00e9\n😀",{"b":null,"c":[true,false]}],"d":{}}"#.utf8)
        for length in 0..<whole.count { #expect(Self.problem(Array(whole[..<length]))?.status == 400) }
        for index in whole.indices {
            for byte: UInt8 in [0, 0x20, 0x22, 0x2C, 0x30, 0x5C, 0x5D, 0x65, 0x75, 0x7B, 0x7D, 0x80, 0xFF] {
                var damaged = whole
                damaged[index] = byte
                guard Self.problem(damaged) == nil else { continue }
                let value = try ServiceJSON.decode(JSONValue.self, from: damaged)
                #expect(try ServiceJSON.decode(JSONValue.self, from: ServiceJSON.encode(value)) == value)
            }
        }
    }
}
