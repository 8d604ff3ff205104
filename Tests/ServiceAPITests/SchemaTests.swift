import ServiceAPI
import Testing

/// The schemas themselves, and that they and the Swift types have the same fields.
@Suite struct SchemaTests {
    @Test func everyMessageHasASchemaAndEverySchemaAMessage() throws {
        let files = try ProtoSchemas.names(in: "", suffix: ".schema.json")
        #expect(files == WireMessage.all.map(\.schema).sorted())
    }

    @Test func everyExampleFolderIsAMessages() throws {
        let folders = try ProtoSchemas.names(in: "examples", suffix: "")
        #expect(folders == WireMessage.all.map(\.name).sorted())
    }

    @Test(arguments: WireMessage.all)
    func schemaSaysWhatItIs(message: WireMessage) throws {
        let schema = try ProtoSchemas.json(message.schema)
        #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
        #expect(schema["$id"]?.text == message.schema)
        #expect(schema["title"]?.text?.isEmpty == false)
        #expect(schema["description"]?.text?.isEmpty == false)
    }

    @Test(arguments: WireMessage.all)
    func everyKeywordIsKnownAndEveryReferenceResolves(message: WireMessage) throws {
        let schemas = try ProtoSchemas.schemas()
        let document = try ProtoSchemas.json(message.schema)
        for reference in try SchemaSet.references(in: document) {
            _ = try schemas.resolve(reference, in: message.schema)
        }
        for schema in try SchemaSet.allSchemas(in: document) {
            for key in try (schema["required"]?.elements("required") ?? []).compactMap(\.text) {
                let declared = schema["properties"]?[key] ?? document["properties"]?[key]
                #expect(declared != nil, "\(message): '\(key)' is required and not declared")
            }
        }
    }

    /// Every property has a coding key and every coding key a property, for the message and the parts that only it has.
    @Test(arguments: WireMessage.all)
    func propertiesAreTheCodingKeys(message: WireMessage) throws {
        let schemas = try ProtoSchemas.schemas()
        for (place, keys) in message.keys {
            let found = try properties(schemas.resolve(place, in: message.schema), schemas)
            #expect(found.sorted() == keys, "\(message.schema)\(place)")
        }
    }

    /// A definition that is listed nowhere would go unchecked.
    @Test(arguments: WireMessage.all)
    func everyObjectIsListed(message: WireMessage) throws {
        let schemas = try ProtoSchemas.schemas()
        let document = try ProtoSchemas.json(message.schema)
        // Branches of a listed choice are held through it.
        let branches = try message.keys.keys.flatMap { place in
            try SchemaSet.subschemas(of: schemas.resolve(place, in: message.schema).schema)
                .filter { $0.keyword == "oneOf" }.compactMap { $0.schema["$ref"]?.text }
        }
        for name in (document["$defs"]?.members ?? [:]).keys {
            let place = "#/$defs/\(name)"
            #expect(message.keys[place] != nil || branches.contains(place), "\(message.schema)\(place)")
        }
    }

    /// Requests of clients that are not ours are open: a later version of theirs may say more.
    @Test(arguments: WireMessage.all)
    func requestsAreClosedAndAnswersOpen(message: WireMessage) throws {
        for (place, _) in message.keys {
            let schema = try ProtoSchemas.schemas().resolve(place, in: message.schema).schema
            #expect((schema["additionalProperties"] == false) == message.isClosed, "\(message.schema)\(place)")
        }
    }

    @Test func problemKindsAreTheSchemas() throws {
        let branches = try #require(ProtoSchemas.json("problem-details.schema.json")["properties"]?["type"]?["anyOf"])
        let known = try branches.elements("anyOf").filter { $0["const"] != nil }
        let listed = known.map {
            "\($0["const"]?.text ?? "") \($0["title"]?.text ?? "") \($0["description"]?.text ?? "")"
        }
        let expected = ProblemDetails.Kind.allCases.map {
            "urn:stepwise:problem:\($0.rawValue) \($0.title) \($0.status) unless the problem's own status says otherwise."
        }
        #expect(listed == expected)
    }

    /// The property names of an object schema, and of what it chooses between.
    private func properties(_ place: SchemaSet.Place, _ schemas: SchemaSet) throws -> Set<String> {
        var names = Set((place.schema["properties"]?.members ?? [:]).keys)
        if let reference = place.schema["$ref"]?.text {
            names.formUnion(try properties(schemas.resolve(reference, in: place.document), schemas))
        }
        for (keyword, schema) in try SchemaSet.subschemas(of: place.schema)
        where ["oneOf", "anyOf", "if", "then", "else"].contains(keyword) {
            names.formUnion(try properties(SchemaSet.Place(document: place.document, schema: schema), schemas))
        }
        return names
    }
}
