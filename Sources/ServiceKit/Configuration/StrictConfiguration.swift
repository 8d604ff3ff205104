import Foundation
import ServiceAPI
import Yams

/// Configuration files: YAML into `Codable` types, where every key must be known and every value of its type.
///
/// The types need nothing special; a key is known when decoding asks for it. Give keys their defaults with
/// `decodeIfPresent(..) ?? default`, as ever with `Decodable`.
public enum StrictConfiguration {
    /// Reads a file.
    ///
    /// - Parameters:
    ///   - environment: variables that go before the file.
    /// - Throws: ``ConfigurationError`` with file and line: no such file, not YAML, an unknown or duplicate key, a value of the
    ///   wrong type, a missing key.
    public static func load<T: Decodable>(
        _ path: String, as type: T.Type = T.self, environment: EnvironmentOverrides? = nil
    ) throws(ConfigurationError) -> T {
        try loadLayers(path, as: type, environment: environment).value
    }

    /// As ``load(_:as:environment:)``, with where each value comes from.
    ///
    /// - Parameter path: nil where there is no file: all is defaults and variables.
    public static func loadLayers<T: Decodable>(
        _ path: String?, as type: T.Type = T.self, environment: EnvironmentOverrides? = nil
    ) throws(ConfigurationError) -> LoadedConfiguration<T> {
        guard let path else {
            return try decodeLayers("", as: type, source: "the environment", environment: environment)
        }
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ConfigurationError(source: path, message: "cannot be read: \(reason(for: error, path: path))")
        }
        guard let text = String(data: bytes, encoding: .utf8) else {
            throw ConfigurationError(source: path, message: "is not UTF-8 text")
        }
        return try decodeLayers(text, as: type, source: path, environment: environment)
    }

    /// Decodes YAML text. An empty document is an empty mapping: all defaults.
    ///
    /// - Parameter source: what to call the text in errors.
    public static func decode<T: Decodable>(
        _ text: String, as type: T.Type = T.self, source: String, environment: EnvironmentOverrides? = nil
    ) throws(ConfigurationError) -> T {
        try decodeLayers(text, as: type, source: source, environment: environment).value
    }

    /// As ``decode(_:as:source:environment:)``, with where each value comes from.
    public static func decodeLayers<T: Decodable>(
        _ text: String, as type: T.Type = T.self, source: String, environment: EnvironmentOverrides? = nil
    ) throws(ConfigurationError) -> LoadedConfiguration<T> {
        let root = try parse(text, source: source) ?? Node.mapping(Node.Mapping([]))
        let context = StrictDecoder.Context(source: source, environment: environment)
        do {
            let value = try StrictDecoder.decode(type, from: root, context: context)
            return LoadedConfiguration(
                value: value, origins: context.origins,
                unknownVariables: environment?.unknown(besides: context.variables) ?? [])
        } catch {
            throw context.error(for: error, root: root)
        }
    }

    /// The configuration as YAML, as `--print-config` shows it: every key with the value that counts.
    public static func yaml(of configuration: some Encodable) throws -> String {
        try Yams.serialize(node: node(of: configuration), allowUnicode: true)
    }

    /// The configuration as a tree, keys in the order of the type's.
    static func node(of configuration: some Encodable) throws -> Node {
        let encoder = YAMLEncoder()
        encoder.options.sortKeys = false
        encoder.options.allowUnicode = true
        guard let node = try Yams.compose(yaml: encoder.encode(configuration)) else {
            return .mapping(Node.Mapping([]))
        }
        // Yams writes 17 digits (2.0000000949949e-3); JSON has the shortest that read back as the same value, but no order of keys.
        let values = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(configuration))
        return withShortNumbers(node, values)
    }

    /// `node` with its numbers spelt as `value`, the same tree, has them.
    private static func withShortNumbers(_ node: Node, _ value: JSONValue) -> Node {
        switch (node, value) {
        case (.mapping(let mapping), .object(let members)):
            let pairs = mapping.map { ($0.key, withShortNumbers($0.value, members[$0.key.string ?? ""] ?? .null)) }
            return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style))
        case (.sequence(let sequence), .array(let values)) where sequence.count == values.count:
            let nodes = zip(sequence, values).map { withShortNumbers($0, $1) }
            return .sequence(Node.Sequence(nodes, sequence.tag, sequence.style))
        // Whole numbers are short already, and a seed of 64 bits would not survive as a Double.
        case (.scalar(let scalar), .number) where scalar.string.contains { $0 == "." || $0 == "e" }:
            return .scalar(Node.Scalar(value.canonicalText, scalar.tag, scalar.style))
        default:
            return node
        }
    }

    private static func parse(_ text: String, source: String) throws(ConfigurationError) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw syntaxError(error, text: text, source: source)
        } catch {
            throw ConfigurationError(source: source, message: "\(error)")
        }
    }

    private static func syntaxError(_ error: YamlError, text: String, source: String) -> ConfigurationError {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let what = context.map { "\($0.text.trimmingCharacters(in: .whitespaces)): \(problem)" } ?? problem
            return ConfigurationError(source: source, line: mark.line, message: "not valid YAML: \(what)")
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first ?? ""
            let again = secondLine(of: key, first: context.mark, text: text)
            return ConfigurationError(
                source: source, line: again ?? context.mark.line,
                message: "the key '\(key)' is there twice"
                    + (again == nil ? "" : " (first in line \(context.mark.line))"))
        case .reader(let problem, _, _, _):
            return ConfigurationError(source: source, message: "not valid YAML: \(problem)")
        default:
            return ConfigurationError(source: source, message: "not valid YAML: \(error)")
        }
    }

    /// Yams says where a duplicated key is first: its second line is the next one with the key at the same column.
    private static func secondLine(of key: String, first: Mark, text: String) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated().dropFirst(first.line) {
            let content = line.drop { $0 == " " }
            let column = line.count - content.count + 1
            if content.isEmpty || content.hasPrefix("#") { continue }
            if column < first.column { return nil }
            if column == first.column, content.hasPrefix(key),
                content.dropFirst(key.count).drop(while: { $0 == " " }).first == ":"
            {
                return index + 1
            }
        }
        return nil
    }

    private static func reason(for error: any Error, path: String) -> String {
        let message = ErrorReport.message(for: error)
        return message.hasPrefix("\(path): ") ? String(message.dropFirst(path.count + 2)) : message
    }
}
