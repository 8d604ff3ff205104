import Foundation
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
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ConfigurationError(source: path, message: "cannot be read: \(reason(for: error, path: path))")
        }
        guard let text = String(data: bytes, encoding: .utf8) else {
            throw ConfigurationError(source: path, message: "is not UTF-8 text")
        }
        return try decode(text, as: type, source: path, environment: environment)
    }

    /// Decodes YAML text. An empty document is an empty mapping: all defaults.
    ///
    /// - Parameter source: what to call the text in errors.
    public static func decode<T: Decodable>(
        _ text: String, as type: T.Type = T.self, source: String, environment: EnvironmentOverrides? = nil
    ) throws(ConfigurationError) -> T {
        let root = try parse(text, source: source) ?? Node.mapping(Node.Mapping([]))
        let context = StrictDecoder.Context(source: source, environment: environment)
        do {
            return try StrictDecoder.decode(type, from: root, context: context)
        } catch {
            throw context.error(for: error, root: root)
        }
    }

    /// The configuration as YAML, as `--print-config` shows it: every key with the value that counts.
    public static func yaml(of configuration: some Encodable) throws -> String {
        let encoder = YAMLEncoder()
        encoder.options.sortKeys = false
        encoder.options.allowUnicode = true
        return try encoder.encode(configuration)
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
