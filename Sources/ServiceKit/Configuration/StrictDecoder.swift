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
        return value
    }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        // Its own decoding asks for one kind of value after the other, and here an answer of another kind is an error.
        if let value = try (type == JSONValue.self ? json(node) : nil) as? T { return value }
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

    /// Any value: what stands there without quotes is a number, true, false or null where it can be one.
    private func json(_ node: Node) throws -> JSONValue {
        switch node {
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (key, value) in mapping { members[key.string ?? ""] = try json(value) }
            return .object(members)
        case .sequence(let sequence): return .array(try sequence.map { try json($0) })
        case .scalar(let scalar):
            if scalar.isNull { return .null }
            let value = StrictSingleValueContainer(
                decoder: StrictDecoder(node: node, path: path, context: context, variable: variable))
            if let flag = try? value.decode(Bool.self) { return .bool(flag) }
            if let number = try? value.decode(Double.self) { return .number(number) }
            return .string(scalar.string)
        case .alias: throw fault("\(label) has an alias, which is not supported")
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

extension StrictDecoder {
    /// What the decoders of one document share. Used by one thread, while one document is decoded.
    final class Context {
        let source: String
        let environment: EnvironmentOverrides?
        /// The keys that were asked for, by the path of their mapping.
        private var asked: [String: Set<String>] = [:]
        /// Mappings whose keys the type takes as they come (dictionaries).
        private var open: Set<String> = []

        init(source: String, environment: EnvironmentOverrides?) {
            self.source = source
            self.environment = environment
        }

        func ask(for key: String, in path: [any CodingKey]) {
            asked[StrictDecoder.text(of: path), default: []].insert(key)
        }

        func takeAllKeys(in path: [any CodingKey]) { open.insert(StrictDecoder.text(of: path)) }

        func error(at node: Node, _ message: String) -> ConfigurationError {
            ConfigurationError(source: source, line: node.mark?.line, message: message)
        }

        func refuseUnknownKeys(in node: Node, path: [any CodingKey]) throws(ConfigurationError) {
            switch node {
            case .mapping(let mapping):
                let text = StrictDecoder.text(of: path)
                // A mapping that nothing looked into was decoded as a whole by a type of its own.
                guard let known = asked[text] else { return }
                for (key, value) in mapping {
                    let name = key.string ?? ""
                    if !open.contains(text), !known.contains(name) {
                        let place = path.isEmpty ? "" : " in '\(text)'"
                        throw error(at: key, "unknown key '\(name)'\(place)\(Suggestion.hint(for: name, among: known))")
                    }
                    try refuseUnknownKeys(in: value, path: path + [PathKey(name)])
                }
            case .sequence(let sequence):
                for (index, element) in sequence.enumerated() {
                    try refuseUnknownKeys(in: element, path: path + [PathKey(index)])
                }
            case .scalar, .alias: break
            }
        }

        /// Gives an error of `Decodable` types the line that its coding path leads to.
        func error(for error: any Error, root: Node) -> ConfigurationError {
            switch error {
            case let error as ConfigurationError: error
            case DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
                DecodingError.valueNotFound(_, let context), DecodingError.keyNotFound(_, let context):
                self.error(at: node(at: context.codingPath, in: root), message(context))
            default: ConfigurationError(source: source, message: ErrorReport.message(for: error))
            }
        }

        private func message(_ context: DecodingError.Context) -> String {
            let place = StrictDecoder.text(of: context.codingPath)
            return place.isEmpty ? context.debugDescription : "'\(place)': \(context.debugDescription)"
        }

        private func node(at path: [any CodingKey], in root: Node) -> Node {
            var node = root
            for key in path {
                if let index = key.intValue, let element = node.sequence.flatMap({ index < $0.count ? $0[index] : nil })
                {
                    node = element
                } else if let value = node.mapping?[key.stringValue] {
                    node = value
                } else {
                    break
                }
            }
            return node
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
