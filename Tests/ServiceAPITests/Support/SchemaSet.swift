import ServiceAPI

/// Why a value is not what a schema says.
struct SchemaViolation: CustomStringConvertible {
    /// The place in the value.
    let pointer: JSONPointer
    /// What the schema asks for there.
    let reason: String

    var description: String { "\(pointer.description.isEmpty ? "the whole" : pointer.description): \(reason)" }
}

/// A schema that this validator cannot judge by: an unknown keyword must not pass as fulfilled.
struct SchemaError: Error, CustomStringConvertible {
    let description: String
}

/// JSON Schema 2020-12, for the keywords that `proto-schemas/` uses; any other is an error.
///
/// Documents are known by file name, which is also their `$id`. Numbers are compared as Double.
struct SchemaSet {
    /// A schema and the document that its `#` means.
    struct Place {
        let document: String
        let schema: JSONValue
    }

    let documents: [String: JSONValue]

    /// - Returns: what is wrong with `value`; nothing when it is valid.
    /// - Throws: `SchemaError`.
    func violations(of value: JSONValue, by document: String) throws -> [SchemaViolation] {
        var evaluation = SchemaEvaluation(schemas: self)
        try evaluation.check(value, at: JSONPointer(), by: resolve(document, in: document))
        return evaluation.violations
    }

    func accepts(_ value: JSONValue, by place: Place) throws -> Bool {
        var evaluation = SchemaEvaluation(schemas: self)
        try evaluation.check(value, at: JSONPointer(), by: place)
        return evaluation.violations.isEmpty
    }

    /// What a `$ref` means: `name.schema.json`, `#/$defs/name`, or both together.
    func resolve(_ reference: String, in document: String) throws -> Place {
        let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts[0].isEmpty ? document : String(parts[0])
        guard var schema = documents[name] else { throw SchemaError(description: "\(document): there is no \(name)") }
        for key in (parts.count > 1 ? parts[1] : "").split(separator: "/") {
            guard let next = schema[String(key)] else {
                throw SchemaError(description: "\(document): \(reference) leads nowhere")
            }
            schema = next
        }
        return Place(document: name, schema: schema)
    }

    /// The schema's own subschemas, each with the keyword that holds it.
    ///
    /// - Throws: `SchemaError` for a keyword that is not known.
    static func subschemas(of schema: JSONValue) throws -> [(keyword: String, schema: JSONValue)] {
        guard case .object(let members) = schema else {
            if case .bool = schema { return [] }
            throw SchemaError(description: "\(schema.kind) is no schema")
        }
        var found: [(String, JSONValue)] = []
        for (keyword, value) in members.sorted(by: { $0.key < $1.key }) {
            switch keyword {
            case "$schema", "$id", "$ref", "title", "description", "default", "type", "const", "enum", "required",
                "minLength", "pattern", "minimum", "maximum", "exclusiveMinimum":
                continue
            case "items", "additionalProperties", "if", "then", "else": found.append((keyword, value))
            case "properties", "$defs": found += try schemas(of: value, keyword).map { (keyword, $0) }
            case "oneOf", "anyOf": found += try value.elements(keyword).map { (keyword, $0) }
            default: throw SchemaError(description: "the keyword '\(keyword)' is not known to this validator")
            }
        }
        return found
    }

    private static func schemas(of value: JSONValue, _ keyword: String) throws -> [JSONValue] {
        guard case .object(let members) = value else { throw SchemaError(description: "'\(keyword)' needs an object") }
        return members.sorted { $0.key < $1.key }.map(\.value)
    }

    /// All schemas of a document, itself first.
    static func allSchemas(in document: JSONValue) throws -> [JSONValue] {
        try [document] + subschemas(of: document).flatMap { try allSchemas(in: $0.schema) }
    }

    /// Whatever `$ref`s a document has.
    static func references(in document: JSONValue) throws -> [String] {
        try allSchemas(in: document).compactMap { $0["$ref"]?.text }
    }
}

extension JSONValue {
    /// A member of an object.
    subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var members: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    func elements(_ name: String) throws -> [JSONValue] {
        guard case .array(let values) = self else { throw SchemaError(description: "'\(name)' needs an array") }
        return values
    }

    func number(_ name: String) throws -> Double {
        guard case .number(let value) = self else { throw SchemaError(description: "'\(name)' needs a number") }
        return value
    }

    func string(_ name: String) throws -> String {
        guard case .string(let value) = self else { throw SchemaError(description: "'\(name)' needs a string") }
        return value
    }
}
