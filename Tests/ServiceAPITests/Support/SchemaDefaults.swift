import ServiceAPI

extension SchemaSet {
    /// The value with the schema's defaults where a property is absent or null: what a service takes it for.
    func completed(_ value: JSONValue, by place: Place) throws -> JSONValue {
        var value = value
        if let reference = place.schema["$ref"]?.text {
            value = try completed(value, by: resolve(reference, in: place.document))
        }
        for (keyword, schema) in try Self.subschemas(of: place.schema) where ["oneOf", "anyOf"].contains(keyword) {
            let branch = Place(document: place.document, schema: schema)
            if try accepts(value, by: branch) { value = try completed(value, by: branch) }
        }
        switch value {
        case .array(let elements):
            guard let items = place.schema["items"] else { return value }
            return .array(try elements.map { try completed($0, by: Place(document: place.document, schema: items)) })
        case .object(var members):
            for (key, schema) in place.schema["properties"]?.members ?? [:] {
                let inner = Place(document: place.document, schema: schema)
                if members[key] == .null, try accepts(.null, by: inner) { members[key] = nil }
                members[key] = try members[key].map { try completed($0, by: inner) } ?? schema["default"]
            }
            return .object(members)
        default: return value
        }
    }
}
