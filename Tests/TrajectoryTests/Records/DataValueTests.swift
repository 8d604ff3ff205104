import Foundation
import TestSupport
import Testing
import Trajectory

@Suite("Other people's JSON")
struct DataValueTests {
    @Test("Values keep the order of keys and the digits of numbers")
    func values() throws {
        let value = try DataValue(
            json: #" {"b": [1.0, -2e3, true, false, null, {}], "a": "\u00e9\ud83d\ude00\n\"\\\/", "": [], "n": NaN} "#)
        #expect(value.names == ["b", "a", "", "n"])
        #expect(
            value["b"]
                == .array([.number("1.0"), .number("-2e3"), .bool(true), .bool(false), .null, .object([])]))
        #expect(value["a"] == .string("é😀\n\"\\/"))
        #expect(value["n"]?.scalarText == "NaN")
        #expect(
            value.jsonText
                == #"{"b": [1.0, -2e3, true, false, null, {}], "a": "é😀\n\"\\/", "": [], "n": NaN}"#)
        #expect(try DataValue(json: #"{"a": 1, "a": 2}"#)["a"] == .number("2"))
    }

    @Test(
        "What is no JSON is refused",
        arguments: [
            ("", "it ends too early"), ("{", "it ends too early"), (#"{"a" 1}"#, "invalid value around byte 6"),
            ("[1,]", "invalid value around byte 4"), ("[1 2]", "invalid value around byte 4"),
            ("{} {}", "invalid value around byte 4"),
            ("tru", "invalid value around byte 1"), ("1x", "invalid value around byte 1"),
            ("0x1", "invalid value around byte 1"),
            (#""\ud83d""#, "half a surrogate pair stands alone"), (#""\x""#, "invalid value around byte 3"),
            ("\"a\nb\"", "invalid value around byte 3"), ("{'a': 1}", "invalid value around byte 2"),
            (String(repeating: "[", count: 300), "values are nested more than 200 levels deep"),
        ])
    func refused(text: String, message: String) {
        #expect { try DataValue(json: text) } throws: { "\($0)" == message }
    }

    /// Foundation is the other opinion.
    @Test("Foundation reads what is written", arguments: 0..<20)
    func agreesWithFoundation(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let value = Self.random(&random, depth: 0)
        let text = "[\(value.jsonText)]"
        #expect(try DataValue(json: text) == .array([value]))
        let foundation = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let again = try JSONSerialization.data(withJSONObject: foundation)
        let other = try JSONSerialization.jsonObject(
            with: Data("[\(try DataValue(json: text).array?.first?.jsonText ?? "")]".utf8))
        #expect(try JSONSerialization.data(withJSONObject: other).count == again.count)
    }

    private static func random(_ random: inout SeededGenerator, depth: Int) -> DataValue {
        switch Int.random(in: 0..<(depth < 4 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .number("\(Int.random(in: -1_000...1_000, using: &random))")
        case 3, 4:
            let scalars = (0..<Int.random(in: 0..<12, using: &random)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x2FFF, using: &random))
            }
            return .string(String(String.UnicodeScalarView(scalars)))
        case 5: return .array((0..<3).map { _ in Self.random(&random, depth: depth + 1) })
        default:
            return .object((0..<3).map { .init(name: "k\($0)", value: Self.random(&random, depth: depth + 1)) })
        }
    }

    @Test("Paths lead into objects and lists, and to keys with dots")
    func paths() throws {
        let row = try DataValue(json: #"{"a": {"b": [{"c": 1}, {"c": 2}]}, "x.y": {"z": 3}, "t": "s"}"#)
        func found(_ path: String) -> DataValue? { FieldPath(path)?.value(in: row) }
        #expect(found("a.b.0.c") == .number("1"))
        #expect(found("a.b.-1.c") == .number("2"))
        #expect(found("x.y.z") == .number("3"))
        #expect(found("a.b.2.c") == nil && found("a.c") == nil && found("t.u") == nil && found("a.b.c") == nil)
        #expect(FieldPath("") == nil && FieldPath("a..b") == nil)
        #expect(FieldPath("a/b.c~d")?.pointer == "/a~1b/c~0d")
    }
}
