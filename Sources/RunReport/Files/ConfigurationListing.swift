import Foundation
import Yams

/// The configuration of a run as people read and compare it: its text, and its values by key.
package struct ConfigurationListing: Sendable, Equatable {
    package let text: String
    /// In the order of the file; a key as messages write it, such as `phases[1].optimizer.learningRate`.
    package let values: [(key: String, value: String)]

    package static func == (one: Self, other: Self) -> Bool { one.text == other.text }

    /// - Parameter path: what to call the text in errors.
    /// - Throws: ``ReportError`` for what is not YAML.
    package init(_ text: String, path: String) throws {
        self.text = Self.withoutSecrets(text)
        var values: [(key: String, value: String)] = []
        do {
            if let root = try Yams.compose(yaml: text) { Self.collect(root, "", into: &values) }
        } catch {
            throw ReportError(path: path, message: "is not valid YAML: \(error)")
        }
        self.values = values.map { ($0.key, Self.isSecret($0.key) ? Self.leftOut : $0.value) }
    }

    package subscript(key: String) -> String? { values.first { $0.key == key }?.value }

    /// The phases that are to be, with their steps.
    package var phases: [(method: String, steps: Int)] {
        var phases: [(method: String, steps: Int)] = []
        while let method = self["phases[\(phases.count)].method"] {
            phases.append((method, Int(self["phases[\(phases.count)].steps"] ?? "") ?? 0))
        }
        return phases
    }

    /// Keys that do not have the same value in all of the listings, with their values; nil where a listing has no such key.
    package static func differences(_ listings: [ConfigurationListing]) -> [(key: String, values: [String?])] {
        var keys: [String] = []
        var known = Set<String>()
        for (key, _) in listings.flatMap(\.values) where known.insert(key).inserted { keys.append(key) }
        let tables = listings.map { Dictionary($0.values.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }) }
        return keys.compactMap { key in
            let values = tables.map { $0[key] }
            return Set(values).count > 1 ? (key, values) : nil
        }
    }

    private static func collect(_ node: Node, _ place: String, into values: inout [(key: String, value: String)]) {
        switch node {
        case .mapping(let mapping):
            if mapping.isEmpty { values.append((place, "{}")) }
            for (key, value) in mapping {
                collect(value, place.isEmpty ? key.string ?? "" : "\(place).\(key.string ?? "")", into: &values)
            }
        case .sequence(let sequence):
            // A list of plain values is a value.
            let plain = sequence.compactMap(\.scalar?.string)
            if plain.count == sequence.count {
                values.append((place, "[" + plain.joined(separator: ", ") + "]"))
            } else {
                for (index, value) in sequence.enumerated() { collect(value, "\(place)[\(index)]", into: &values) }
            }
        case .scalar(let scalar): values.append((place, scalar.string))
        case .alias: values.append((place, "*"))
        }
    }

    // MARK: What a report that is passed on must not hold

    private static let leftOut = "(left out)"

    private static func isSecret(_ key: String) -> Bool {
        let name = key.split(separator: ".").last?.lowercased() ?? ""
        return ["token", "password", "secret", "apikey"].contains { name.hasSuffix($0) }
    }

    private static func withoutSecrets(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard let colon = line.firstIndex(of: ":"),
                line[line.index(after: colon)...].contains(where: { $0 != " " }),
                isSecret(line[..<colon].trimmingCharacters(in: .init(charactersIn: " -\"'")))
            else { return String(line) }
            return line[...colon] + " " + leftOut
        }.joined(separator: "\n")
    }
}
