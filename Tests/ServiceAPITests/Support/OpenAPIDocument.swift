import Foundation
import ServiceAPI
import Yams

/// One of the `*.openapi.yaml` files.
struct OpenAPIDocument {
    let name: String
    let root: JSONValue

    static let services = ["reward", "evaluator"]

    init(_ name: String) throws {
        self.name = name + ".openapi.yaml"
        root = try Self.json(try Yams.load(yaml: ProtoSchemas.text(self.name)))
    }

    /// `GET /v1/rewards` and the like, with the operation.
    var operations: [String: JSONValue] {
        var found: [String: JSONValue] = [:]
        for (path, item) in root["paths"]?.members ?? [:] {
            for (method, operation) in item.members ?? [:] { found["\(method.uppercased()) \(path)"] = operation }
        }
        return found
    }

    /// Everything in the document that has the key, as the object around it.
    func objects(with key: String) -> [JSONValue] { Self.objects(in: root, with: key) }

    private static func objects(in value: JSONValue, with key: String) -> [JSONValue] {
        switch value {
        case .array(let elements): return elements.flatMap { objects(in: $0, with: key) }
        case .object(let members):
            let inner = members.values.flatMap { objects(in: $0, with: key) }
            return members[key] == nil ? inner : [value] + inner
        default: return []
        }
    }

    /// What a `$ref` means, in this file or another one of the folder.
    func resolve(_ reference: String) throws -> (document: String, value: JSONValue) {
        let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let file = parts[0].isEmpty ? name : parts[0]
        var value: JSONValue
        if file == name {
            value = root
        } else if file.hasSuffix(".yaml") {
            value = try OpenAPIDocument(file.replacing(".openapi.yaml", with: "")).root
        } else {
            value = try ProtoSchemas.json(file)
        }
        for key in (parts.count > 1 ? parts[1] : "").split(separator: "/") {
            guard let next = value[String(key).replacing("~1", with: "/").replacing("~0", with: "~")] else {
                throw SchemaError(description: "\(name): \(reference) leads nowhere")
            }
            value = next
        }
        return (file, value)
    }

    private static func json(_ value: Any?) throws -> JSONValue {
        switch value {
        case nil, is NSNull: return .null
        case let value as Bool: return .bool(value)
        case let value as Int: return .number(Double(value))
        case let value as Double: return .number(value)
        case let value as String: return .string(value)
        case let values as [Any]: return .array(try values.map { try json($0) })
        case let members as [AnyHashable: Any]:
            var object: [String: JSONValue] = [:]
            for (key, member) in members {
                guard let key = key.base as? String else {
                    throw SchemaError(description: "the key \(key) is no string; put it in quotes")
                }
                object[key] = try json(member)
            }
            return .object(object)
        default: throw SchemaError(description: "\(value.map { "\($0)" } ?? "nothing") is no JSON")
        }
    }
}
