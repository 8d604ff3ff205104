import Foundation
import ServiceAPI

/// The files of `proto-schemas/`.
enum ProtoSchemas {
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let folder = repository.appending(path: "proto-schemas")

    /// An example and its file.
    struct Example {
        let file: String
        let value: JSONValue
    }

    /// A message that is refused, and how.
    struct InvalidExample: Decodable {
        /// The field at fault, as the service names it.
        var pointer: String
        /// What the service says of it.
        var detail: String
        /// Only the service sees it: a schema cannot say it.
        var beyondSchema: Bool?
        var message: JSONValue
    }

    static func schemas() throws -> SchemaSet {
        var documents: [String: JSONValue] = [:]
        for name in try names(in: "", suffix: ".schema.json") { documents[name] = try json(name) }
        return SchemaSet(documents: documents)
    }

    static func examples(of message: WireMessage) throws -> [Example] {
        let folder = "examples/\(message.name)"
        return try names(in: folder, suffix: ".json").map {
            Example(file: "\(folder)/\($0)", value: try json("\(folder)/\($0)"))
        }
    }

    static func invalidExamples(of message: WireMessage) throws -> [(file: String, example: InvalidExample)] {
        let folder = "examples/\(message.name)/invalid"
        return try names(in: folder, suffix: ".json").map { name in
            let file = "\(folder)/\(name)"
            return (file, try ServiceJSON.decode(InvalidExample.self, from: try bytes(file)))
        }
    }

    /// The names in a folder that end so, sorted.
    static func names(in path: String, suffix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: path).path)
            .filter { $0.hasSuffix(suffix) }.sorted()
    }

    static func json(_ path: String) throws -> JSONValue {
        try ServiceJSON.decode(JSONValue.self, from: try bytes(path))
    }

    static func text(_ path: String) throws -> String {
        String(decoding: try bytes(path), as: UTF8.self)
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: path)))
    }
}
