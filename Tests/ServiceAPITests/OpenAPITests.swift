import Foundation
import ServiceAPI
import Testing

/// The `openapi.yaml` files describe what the services serve, by the schemas that there are.
@Suite struct OpenAPITests {
    private static let files = OpenAPIDocument.services + ["common"]

    @Test(arguments: files)
    func everyReferenceResolves(name: String) throws {
        let document = try OpenAPIDocument(name)
        let references = document.objects(with: "$ref").compactMap { $0["$ref"]?.text }
        #expect(!references.isEmpty)
        for reference in references { _ = try document.resolve(reference) }
    }

    /// By the services' descriptions, or by a schema that they refer to.
    @Test func everySchemaIsReferredTo() throws {
        var reached = Set<String>()
        var toDo: [String] = []
        for name in Self.files {
            toDo += try OpenAPIDocument(name).objects(with: "$ref").compactMap { $0["$ref"]?.text }
        }
        while let file = toDo.popLast()?.split(separator: "#").first.map(String.init) {
            guard file.hasSuffix(".schema.json"), reached.insert(file).inserted else { continue }
            toDo += try SchemaSet.references(in: ProtoSchemas.json(file)).filter { !$0.hasPrefix("#") }
        }
        #expect(reached.sorted() == WireMessage.all.map(\.schema).sorted())
    }

    @Test func everyCommonPartIsUsed() throws {
        var used = Set<String>()
        for name in OpenAPIDocument.services {
            used.formUnion(try OpenAPIDocument(name).objects(with: "$ref").compactMap { $0["$ref"]?.text })
        }
        let common = try OpenAPIDocument("common")
        used.formUnion(common.objects(with: "$ref").compactMap { $0["$ref"]?.text }.map { "common.openapi.yaml" + $0 })
        for (kind, parts) in common.root["components"]?.members ?? [:] {
            for part in (parts.members ?? [:]).keys {
                #expect(used.contains("common.openapi.yaml#/components/\(kind)/\(part)"), "\(kind)/\(part)")
            }
        }
    }

    /// What the sources route is what the description lists.
    @Test(arguments: OpenAPIDocument.services)
    func operationsAreTheServices(name: String) throws {
        let sources = ProtoSchemas.repository.appending(path: "Sources")
        let routed = try ["stepwise-\(name)", "ServiceKit/Server"].flatMap { folder in
            let path = sources.appending(path: folder)
            return try FileManager.default.contentsOfDirectory(atPath: path.path).flatMap {
                try Self.routes(in: String(contentsOf: path.appending(path: $0), encoding: .utf8))
            }
        }
        #expect(routed.count > 3)
        #expect(try OpenAPIDocument(name).operations.keys.sorted() == routed.sorted())
    }

    private static func routes(in source: String) throws -> [String] {
        let paths = [
            "score": ServicePath.score, "rewards": ServicePath.rewards, "explain": ServicePath.explain,
            "evaluations": ServicePath.evaluations,
            "evaluation": ServicePath.evaluation, "evaluationResult": ServicePath.evaluationResult,
            "evaluationEvents": ServicePath.evaluationEvents, "health": ServicePath.health,
            "readiness": ServicePath.readiness, "metrics": ServicePath.metrics,
            "openRLHF": ServicePath.openRLHF, "slime": ServicePath.slime, "root": ServicePath.root,
            "gymSeedSession": ServicePath.gymSeedSession, "gymVerify": ServicePath.gymVerify,
            "gymRolloutSeedSession": ServicePath.gymRolloutSeedSession,
            "gymRolloutVerify": ServicePath.gymRolloutVerify,
            "gymAggregateMetrics": ServicePath.gymAggregateMetrics, "gymReverifyMode": ServicePath.gymReverifyMode,
        ]
        return try source.split(separator: "\n").compactMap { line in
            guard let match = line.firstMatch(of: #/on\(\.(\w+), ([^)]*)\)/#) else { return nil }
            let name = match.2.split(separator: ".").last.map(String.init) ?? ""
            let path = try #require(paths[name], "a route on \(match.2), which is no ServicePath known here")
            return "\(match.1.uppercased()) \(path)"
        }
    }

    @Test(arguments: OpenAPIDocument.services)
    func operationsAreWhole(name: String) throws {
        let document = try OpenAPIDocument(name)
        #expect(document.root["openapi"] == "3.1.1")
        var ids = Set<String>()
        for (operation, description) in document.operations {
            let id = try #require(description["operationId"]?.text, "\(operation)")
            #expect(ids.insert(id).inserted, "\(id) is there twice")
            let responses = try #require(description["responses"]?.members, "\(operation)")
            #expect(responses["default"] != nil, "\(operation)")
            #expect(responses.keys.contains { $0.hasPrefix("2") }, "\(operation)")
            let parameters = try (description["parameters"]?.elements("parameters") ?? []).map {
                try document.resolve($0["$ref"]?.text ?? "").value
            }
            let inPath = parameters.filter { $0["in"] == "path" }.compactMap { $0["name"]?.text }
            #expect(inPath == operation.matches(of: #/\{(\w+)\}/#).map { String($0.1) }, "\(operation)")
        }
    }

    /// Bodies by their statuses: problems for errors, and examples that are of the message that the schema describes.
    @Test(arguments: OpenAPIDocument.services)
    func bodiesAreTheirStatuses(name: String) throws {
        let document = try OpenAPIDocument(name)
        for (operation, description) in document.operations {
            for (status, response) in description["responses"]?.members ?? [:] where !status.hasPrefix("2") {
                let place = try document.resolve(response["$ref"]?.text ?? "")
                let schema = place.value["content"]?["application/problem+json"]?["schema"]?["$ref"]?.text
                #expect(schema == "problem-details.schema.json", "\(operation) \(status)")
            }
        }
        for media in document.objects(with: "examples") {
            let schema = try #require(media["schema"]?["$ref"]?.text)
            for example in (media["examples"]?.members ?? [:]).values {
                let file = try #require(example["externalValue"]?.text)
                #expect(file.hasPrefix("examples/\(schema.replacing(".schema.json", with: ""))/"), "\(file)")
                #expect(!file.contains("/invalid/"), "\(file)")
                _ = try ProtoSchemas.json(file)
            }
        }
    }

    @Test(arguments: ProblemDetails.Kind.allCases)
    func everyProblemKindIsDescribed(kind: ProblemDetails.Kind) throws {
        #expect(try ProtoSchemas.text("common.openapi.yaml").contains(kind.rawValue))
    }
}
