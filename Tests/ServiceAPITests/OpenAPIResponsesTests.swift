import ServiceAPI
import Testing

/// Which errors an operation lists, and how its bodies may be compressed, follow from what it takes and gives.
@Suite struct OpenAPIResponsesTests {
    /// What does not follow from an operation's shape.
    private static let ownStatuses: [String: Set<String>] = [
        "GET \(ServicePath.evaluationResult)": ["409"],
        "GET \(ServicePath.readiness)": ["503"],
    ]

    @Test(arguments: OpenAPIDocument.services)
    func errorsAreThoseThatCanHappen(name: String) throws {
        let document = try OpenAPIDocument(name)
        for (operation, description) in document.operations {
            var expected: Set = ["default"]
            expected.formUnion(Self.ownStatuses[operation] ?? [])
            if description["requestBody"] != nil { expected.formUnion(["400", "408", "413", "415", "422"]) }
            let parameters = try Self.parameters(of: description, in: document)
            // A wrong deadline, no room for the request, and a deadline that has passed.
            if parameters.contains("stepwise-deadline-ms") { expected.formUnion(["400", "503", "504"]) }
            if operation.contains("{id}") { expected.insert("404") }
            // Probes and the page need no token and are not counted.
            if !["GET \(ServicePath.root)", "GET \(ServicePath.health)", "GET \(ServicePath.readiness)"].contains(
                operation)
            {
                expected.formUnion(["401", "429"])
            }
            let listed = try #require(description["responses"]?.members, "\(operation)").keys
            #expect(listed.filter { !$0.hasPrefix("2") }.sorted() == expected.sorted(), "\(operation)")
        }
    }

    /// A status means the problem kinds that have it.
    @Test(arguments: OpenAPIDocument.services)
    func errorsAreDescribedByTheKindsOfTheirStatus(name: String) throws {
        let document = try OpenAPIDocument(name)
        for (operation, description) in document.operations {
            for (status, response) in description["responses"]?.members ?? [:] {
                guard let number = Int(status), number >= 400 else { continue }
                let text = try document.resolve(response["$ref"]?.text ?? "").value["description"]?.text ?? ""
                let kinds = ProblemDetails.Kind.allCases.filter { $0.status == number }
                #expect(!kinds.isEmpty, "\(operation) \(status)")
                for kind in kinds { #expect(text.contains("\(kind.rawValue):"), "\(operation) \(status): \(text)") }
            }
        }
    }

    @Test func encodingsAreZstdAndIdentity() throws {
        let common = try OpenAPIDocument("common")
        let request = try common.resolve("#/components/parameters/ContentEncoding").value["schema"]
        #expect(request == ["enum": ["zstd", "identity"], "default": "identity"])
        #expect(try common.resolve("#/components/headers/ContentEncoding").value["schema"] == ["const": "zstd"])
    }

    /// A request body may be compressed, a JSON answer is on request, and no answer is otherwise.
    @Test(arguments: OpenAPIDocument.services)
    func bodiesSayHowTheyAreEncoded(name: String) throws {
        let document = try OpenAPIDocument(name)
        for (operation, description) in document.operations {
            let parameters = try Self.parameters(of: description, in: document)
            #expect(
                parameters.contains("content-encoding") == (description["requestBody"] != nil), "\(operation)")
            for (status, given) in description["responses"]?.members ?? [:] where status.hasPrefix("2") {
                let response = try given["$ref"]?.text.map { try document.resolve($0).value } ?? given
                let compressible = response["headers"]?["content-encoding"] != nil
                #expect(compressible == parameters.contains("accept-encoding"), "\(operation) \(status)")
                if response["content"]?["application/json"] != nil { #expect(compressible, "\(operation) \(status)") }
                #expect(response["headers"]?["x-request-id"] != nil, "\(operation) \(status)")
            }
        }
    }

    private static func parameters(of operation: JSONValue, in document: OpenAPIDocument) throws -> Set<String> {
        let references = try operation["parameters"]?.elements("parameters") ?? []
        return Set(try references.compactMap { try document.resolve($0["$ref"]?.text ?? "").value["name"]?.text })
    }
}
