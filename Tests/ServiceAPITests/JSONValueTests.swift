import ServiceAPI
import Testing

@Suite struct JSONValueTests {
    private static func value(_ text: String) throws -> JSONValue {
        try ServiceJSON.decode(JSONValue.self, from: Array(text.utf8))
    }

    @Test func readsEveryKind() throws {
        #expect(
            try Self.value(#"{"a":[null,true,0,1,1.5,"1","",{}]}"#)
                == ["a": [nil, true, 0, 1, 1.5, "1", "", [:]]])
    }

    @Test(arguments: [
        ("1.0", "1"), ("-0.0", "0"), ("1e3", "1000"), ("0.1", "0.1"), ("1e300", "1e+300"), ("1e-7", "1e-07"),
        ("9007199254740991", "9007199254740991"), ("-9007199254740991", "-9007199254740991"),
        ("9007199254740993", "9007199254740992.0"),
        (#" { "b" : [ 1 , 2 ] , "a" : { } } "#, #"{"a":{},"b":[1,2]}"#),
        (#"{"é":1,"z":2,"Z":3,"":4}"#, #"{"":4,"Z":3,"z":2,"é":1}"#),
        (#""\u0041\/\"\\\n\r\t\u0000\u001f\u007f""#, "\"A/\\\"\\\\\\n\\r\\t\\u0000\\u001f\u{7F}\""),
        (#"[null,true,false,[]]"#, "[null,true,false,[]]"),
    ])
    func hasOneCanonicalText(text: String, canonical: String) throws {
        let value = try Self.value(text)
        #expect(value.canonicalText == canonical)
        #expect(try Self.value(canonical).canonicalText == canonical)
    }

    /// Code points count, not what looks the same: the two é are different keys.
    @Test func keepsStringsAsTheyAre() throws {
        let value: JSONValue = .string("e\u{301}")
        #expect(value.canonicalText.unicodeScalars.count == 4)
        let again = try ServiceJSON.decode(JSONValue.self, from: ServiceJSON.encode(value))
        #expect(again.canonicalText.unicodeScalars.elementsEqual("\"e\u{301}\"".unicodeScalars))
    }

    @Test(arguments: ["3", "-1", "1.5", "9007199254740991", "1e+300", "true", "null", #""x""#, #"{"a":[1,{}]}"#])
    func encodesBack(text: String) throws {
        #expect(String(decoding: try ServiceJSON.encode(Self.value(text)), as: UTF8.self) == text)
    }

    @Test(arguments: [
        ("1e999", "", "is a number that a Double cannot hold"),
        (#"{"a":[0,{"b":-1e999}]}"#, "/a/1/b", "is a number that a Double cannot hold"),
    ])
    func refusesNumbersBeyondDouble(text: String, pointer: String, detail: String) {
        let problem = #expect(throws: ProblemDetails.self) { try Self.value(text) }
        #expect(problem?.status == 422)
        #expect(problem?.pointer ?? "" == pointer)
        #expect(pointer.isEmpty || problem?.detail == detail)
    }

    @Test func namesItsKind() {
        let values: [JSONValue] = [nil, false, 1, "x", [], [:]]
        #expect(values.map(\.kind) == ["null", "a boolean", "a number", "a string", "an array", "an object"])
    }
}
