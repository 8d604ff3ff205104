import ServiceAPI
import Testing

/// The validator that the other tests rely on.
@Suite struct SchemaSetTests {
    private static func violations(_ schema: String, _ value: String) throws -> [String] {
        func json(_ text: String) throws -> JSONValue {
            try ServiceJSON.decode(JSONValue.self, from: Array(text.utf8))
        }
        return try SchemaSet(documents: ["s": json(schema)]).violations(of: json(value), by: "s").map(\.description)
    }

    @Test(arguments: [
        (#"{"type":"integer"}"#, "1.0", "1.5"),
        (#"{"type":["string","null"]}"#, "null", "1"),
        (#"{"type":"boolean"}"#, "true", "1"),
        (#"{"type":"object"}"#, "{}", "[]"),
        (#"{"const":{"a":1}}"#, #"{"a":1.0}"#, #"{"a":2}"#),
        (#"{"enum":["a",null]}"#, "null", #""b""#),
        (#"{"minimum":1}"#, "1", "0.9"),
        (#"{"maximum":1}"#, "1", "1.1"),
        (#"{"exclusiveMinimum":0}"#, "1e-300", "0"),
        (#"{"minLength":1}"#, #""é""#, #""""#),
        (#"{"pattern":"^(/[a-z])*$"}"#, #""/a/b""#, #""a""#),
        (#"{"required":["a"]}"#, #"{"a":null}"#, "{}"),
        (#"{"properties":{"a":{"type":"string"}}}"#, #"{"b":1}"#, #"{"a":1}"#),
        (#"{"properties":{"a":false}}"#, "{}", #"{"a":null}"#),
        (#"{"properties":{"a":true},"additionalProperties":false}"#, #"{"a":1}"#, #"{"b":1}"#),
        (#"{"additionalProperties":{"type":"number"}}"#, #"{"b":1}"#, #"{"b":"1"}"#),
        (#"{"items":{"type":"number"}}"#, "[1,2]", #"[1,"2"]"#),
        (#"{"oneOf":[{"minimum":0},{"maximum":9}]}"#, "10", "5"),
        (#"{"oneOf":[{"const":1},{"const":2}]}"#, "2", "3"),
        (#"{"anyOf":[{"minimum":0},{"type":"string"}]}"#, "5", "-1"),
        (#"{"if":{"required":["a"]},"then":{"required":["b"]}}"#, #"{"a":1,"b":1}"#, #"{"a":1}"#),
        (#"{"if":{"required":["a"]},"else":{"required":["b"]}}"#, #"{"a":1}"#, "{}"),
        (##"{"$ref":"#/$defs/n","$defs":{"n":{"type":"number"}}}"##, "1", #""1""#),
        (##"{"items":{"$ref":"s#/$defs/n"},"$defs":{"n":{"type":"number"}}}"##, "[1]", #"["1"]"#),
    ])
    func tellsValidFromInvalid(schema: String, valid: String, invalid: String) throws {
        #expect(try Self.violations(schema, valid) == [])
        #expect(try Self.violations(schema, invalid) != [])
    }

    @Test func saysWhereAndWhat() throws {
        let schema = #"{"properties":{"a":{"items":{"type":"string"}}},"required":["b"]}"#
        #expect(
            try Self.violations(schema, #"{"a":["x",1]}"#).sorted()
                == ["/a/1: must be of type string", "the whole: needs 'b'"])
    }

    @Test(arguments: [
        (#"{"multipleOf":2}"#, "the keyword 'multipleOf' is not known to this validator"),
        (#"{"properties":{"a":{"format":"date"}}}"#, "the keyword 'format' is not known to this validator"),
        (#"{"type":"float"}"#, "there is no type 'float'"),
        (#"{"$ref":"other"}"#, "s: there is no other"),
        (##"{"$ref":"#/$defs/a"}"##, "s: #/$defs/a leads nowhere"),
        (#"{"required":"a"}"#, "'required' needs an array"),
        (#"{"anyOf":[3]}"#, "a number is no schema"),
    ])
    func refusesSchemasThatItCannotJudgeBy(schema: String, message: String) throws {
        let error = #expect(throws: SchemaError.self) { try Self.violations(schema, #"{"a":1}"#) }
        #expect(error?.description == message)
    }
}
