import ServiceAPI
import Yams

/// Decodes a YAML node, and refuses what the type did not ask for. One value a node.
struct StrictDecoder: Decoder {
    let node: Node
    let path: [any CodingKey]
    let context: Context
    /// The value comes from this environment variable, not from the file.
    var variable: String?

    var codingPath: [any CodingKey] { path }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(node: Node, path: [any CodingKey], context: Context, variable: String? = nil) {
        self.node = node
        self.path = path
        self.context = context
        self.variable = variable
    }

    /// Decodes the whole node: afterwards every key of every mapping in it must have been asked for.
    static func decode<T: Decodable>(_ type: T.Type, from node: Node, context: Context) throws -> T {
        let value = try StrictDecoder(node: node, path: [], context: context).decode(type)
        try context.refuseUnknownKeys(in: node, path: [])
        for given in context.fromVariables {
            try context.refuseUnknownKeys(in: given.node, path: given.path, variable: given.variable)
        }
        return value
    }

    /// The decoder of what lies within, and a note of where that comes from.
    func child(_ node: Node, path: [any CodingKey]) -> StrictDecoder {
        context.note(node, at: path, variable: variable)
        return StrictDecoder(node: node, path: path, context: context, variable: variable)
    }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        // It tries one type after the other, and takes only the errors of Swift's own decoders for "not of this one".
        if type == JSONValue.self, let value = try json(node) as? T {
            context.noteAll(node, at: path, variable: variable)
            return value
        }
        do {
            return try T(from: self)
        } catch let error as DecodingError where isOwnFault(error) {
            // Swift says "Cannot initialize Decay from invalid String value cosin": say what may stand there.
            if let names = allowedNames(of: type), let text = node.scalar?.string {
                throw fault("'\(text)' is not one of the values of \(label)\(Suggestion.hint(for: text, among: names))")
            }
            throw error
        }
    }

    /// What a node says, whatever that is: the parameters of a reward function, which only its server knows.
    private func json(_ node: Node) throws -> JSONValue {
        switch node {
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (key, value) in mapping {
                guard let name = key.string else { throw context.error(at: key, "the keys of \(label) must be text") }
                members[name] = try json(value)
            }
            return .object(members)
        case .sequence(let sequence): return .array(try sequence.map { try json($0) })
        case .alias: throw context.error(at: node, "\(label) holds an alias, which is not supported")
        case .scalar(let scalar):
            guard scalar.isPlain else { return .string(scalar.string) }
            if scalar.isNull { return .null }
            switch scalar.string {
            case "true", "True", "TRUE": return .bool(true)
            case "false", "False", "FALSE": return .bool(false)
            case let text:
                let isNumber = text.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
                if isNumber, let value = Double(text), value.isFinite { return .number(value) }
                return .string(text)
            }
        }
    }

    private func isOwnFault(_ error: DecodingError) -> Bool {
        if case .dataCorrupted(let context) = error { return context.codingPath.count == path.count }
        return false
    }

    private func allowedNames(of type: any Decodable.Type) -> [String]? {
        guard let type = type as? any CaseIterable.Type else { return nil }
        let names = Self.names(of: type)
        return names.isEmpty ? nil : names
    }

    private static func names<T: CaseIterable>(of type: T.Type) -> [String] {
        type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    }

    // MARK: Containers

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard let mapping = node.mapping else {
            throw fault("\(label) must be a mapping (key: value), and is \(Self.kind(of: node))")
        }
        return KeyedDecodingContainer(StrictKeyedContainer(mapping: mapping, decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let sequence = node.sequence else {
            throw fault("\(label) must be a list, and is \(Self.kind(of: node))")
        }
        return StrictUnkeyedContainer(sequence: sequence, decoder: self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { StrictSingleValueContainer(decoder: self) }

    // MARK: Errors

    func fault(_ message: String) -> ConfigurationError {
        if let variable { return ConfigurationError(source: "environment variable \(variable)", message: message) }
        return context.error(at: node, message)
    }

    /// What a message calls this value: `'optimizer.learningRate'`.
    var label: String { path.isEmpty ? "the configuration" : "'\(Self.text(of: path))'" }

    static func text(of path: [any CodingKey]) -> String {
        var text = ""
        for key in path {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return text
    }

    static func kind(of node: Node) -> String {
        switch node {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar): scalar.isNull ? "empty" : "'\(scalar.string)'"
        }
    }
}

/// A key or an index of a path.
struct PathKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ name: String) { (stringValue, intValue) = (name, nil) }
    init(_ index: Int) { (stringValue, intValue) = (String(index), index) }
    init(stringValue: String) { self.init(stringValue) }
    init(intValue: Int) { self.init(intValue) }
}

extension Node.Scalar {
    /// Written as nothing, `~` or `null`, without quotes.
    var isNull: Bool { isPlain && ["", "~", "null", "Null", "NULL"].contains(string) }
    var isPlain: Bool { style == .plain || style == .any }
}
