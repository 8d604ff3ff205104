import ServiceAPI
import Testing

/// The examples, the schemas and the Swift types say the same.
@Suite struct ExampleTests {
    @Test(arguments: WireMessage.all)
    func validExamplesFitTheSchema(message: WireMessage) throws {
        let schemas = try ProtoSchemas.schemas()
        let examples = try ProtoSchemas.examples(of: message)
        #expect(examples.count >= 2)
        for example in examples {
            let violations = try schemas.violations(of: example.value, by: message.schema)
            #expect(violations.isEmpty, "\(example.file): \(violations)")
        }
    }

    /// What comes back is the example, with the schema's defaults for what it leaves out.
    @Test(arguments: WireMessage.all)
    func validExamplesDecodeAndEncodeBack(message: WireMessage) throws {
        let schemas = try ProtoSchemas.schemas()
        for example in try ProtoSchemas.examples(of: message) {
            let expected = try schemas.completed(
                example.value, by: schemas.resolve(message.schema, in: message.schema))
            let encoded = try message.decode(example.value).get()
            #expect(encoded == expected, "\(example.file): \(encoded.canonicalText)")
            #expect(try schemas.violations(of: encoded, by: message.schema).isEmpty, "\(example.file)")
        }
    }

    @Test(arguments: WireMessage.all)
    func invalidExamplesAreRefusedWithPointerAndReason(message: WireMessage) throws {
        let examples = try ProtoSchemas.invalidExamples(of: message)
        #expect(examples.count >= 2)
        for (file, example) in examples {
            guard case .failure(let problem) = try message.decode(example.message) else {
                Issue.record("\(file) is accepted")
                continue
            }
            #expect(problem.status == 422, "\(file)")
            #expect(problem.pointer == example.pointer, "\(file)")
            #expect(problem.detail == example.detail, "\(file)")
        }
    }

    @Test(arguments: WireMessage.all)
    func invalidExamplesAreRefusedByTheSchemaAtTheSamePlace(message: WireMessage) throws {
        let schemas = try ProtoSchemas.schemas()
        for (file, example) in try ProtoSchemas.invalidExamples(of: message) {
            let violations = try schemas.violations(of: example.message, by: message.schema)
            if example.beyondSchema == true {
                #expect(violations.isEmpty, "\(file): the schema sees it: \(violations)")
            } else {
                #expect(violations.contains { $0.pointer.description == example.pointer }, "\(file): \(violations)")
            }
        }
    }

    /// Whatever is changed in an example, a service and the schema agree on whether the request is one, and a client reads every answer that
    /// the schema allows. (A client takes null for absent, and fields that it does not know, beyond what the schema promises.)
    @Test(arguments: WireMessage.all)
    func schemaAndTypeAgreeOnChangedExamples(message: WireMessage) throws {
        let schemas = try ProtoSchemas.schemas()
        var refused = 0
        for example in try ProtoSchemas.examples(of: message) {
            for mutation in example.value.mutations {
                let violations = try schemas.violations(of: mutation, by: message.schema)
                switch try message.decode(mutation) {
                case .success where violations.isEmpty || !message.isRequest: continue
                case .success:
                    Issue.record("the service accepts, the schema does not: \(mutation.canonicalText): \(violations)")
                case .failure where !violations.isEmpty: refused += 1
                case .failure(let problem):
                    Issue.record("the schema accepts, the type does not: \(mutation.canonicalText): \(problem)")
                }
            }
        }
        #expect(refused > 10)
    }

    /// `GET /v1/rewards` describes parameters by a schema: the examples' parameters fit it.
    @Test func parametersFitTheListedSchema() throws {
        let listing = try ProtoSchemas.json("examples/reward-listing/similarity.json")
        let function = try #require(listing["functions"]?.elements("functions").first)
        let parameters = try #require(function["parameters"])
        let schemas = SchemaSet(documents: ["parameters": parameters])
        let requests = try #require(WireMessage.all.first { $0.name == "score-request" })
        for example in try ProtoSchemas.examples(of: requests) {
            #expect(example.value["function"] == function["name"], "\(example.file)")
            guard let given = example.value["parameters"], given != .null else { continue }
            let violations = try schemas.violations(of: given, by: "parameters")
            #expect(violations.isEmpty, "\(example.file): \(violations)")
        }
        #expect(try !schemas.violations(of: ["granularity": "letter"], by: "parameters").isEmpty)
    }
}
