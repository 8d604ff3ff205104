import Yams

/// `--print-config`: a configuration that can be fed back, where a comment beside each value says where it comes from.
public enum AnnotatedConfiguration {
    /// Where the comments stand, unless a value goes beyond it.
    private static let column = 44

    /// - Parameters:
    ///   - origins: by key; what has none is a default.
    public static func yaml(of configuration: some Encodable, origins: [String: ConfigurationOrigin]) throws -> String {
        var secrets: Set<String> = []
        let node = onOneLine(withoutSecrets(try StrictConfiguration.node(of: configuration), path: "", &secrets))
        let text = try Yams.serialize(node: node, width: -1, allowUnicode: true)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let placed = try Yams.compose(yaml: text) else { return text }
        forEachValue(of: placed, path: "", origin: nil, origins) { path, line, origin in
            guard lines.indices.contains(line - 1) else { return }
            let source = origin.map(\.description) ?? "default"
            let secret = secrets.contains(path) ? ", a secret and not printed" : ""
            let padding = String(repeating: " ", count: max(1, column - DisplayWidth.of(lines[line - 1])))
            // A file's name is a file's name, but a comment ends with its line.
            lines[line - 1] += "\(padding)# \(source.filter { !$0.isNewline })\(secret)"
        }
        return lines.joined(separator: "\n")
    }

    /// Calls `body` with the key, line and origin of all that is written on one line: scalars, empty lists and mappings.
    private static func forEachValue(
        of node: Node, path: String, origin: ConfigurationOrigin?, _ origins: [String: ConfigurationOrigin],
        _ body: (String, Int, ConfigurationOrigin?) -> Void
    ) {
        let origin = origins[path] ?? inherited(origin)
        switch node {
        case .mapping(let mapping) where !mapping.isEmpty:
            for (key, value) in mapping {
                let name = key.string ?? ""
                forEachValue(of: value, path: path.isEmpty ? name : "\(path).\(name)", origin: origin, origins, body)
            }
        case .sequence(let sequence) where !sequence.isEmpty:
            for (index, element) in sequence.enumerated() {
                forEachValue(of: element, path: "\(path)[\(index)]", origin: origin, origins, body)
            }
        default: if let line = node.mark?.line { body(path, line, origin) }
        }
    }

    /// What comes from a variable or a flag comes from it as a whole; of a file's section, some may be defaults.
    private static func inherited(_ origin: ConfigurationOrigin?) -> ConfigurationOrigin? {
        if case .file = origin { return nil }
        return origin
    }

    /// Texts with line breaks in double quotes, so that every value is on one line.
    private static func onOneLine(_ node: Node) -> Node {
        switch node {
        case .scalar(let scalar) where scalar.string.contains(where: \.isNewline):
            return .scalar(Node.Scalar(scalar.string, scalar.tag, .doubleQuoted))
        case .mapping(let mapping):
            return .mapping(Node.Mapping(mapping.map { ($0.key, onOneLine($0.value)) }, mapping.tag, .block))
        case .sequence(let sequence):
            return .sequence(Node.Sequence(sequence.map(onOneLine), sequence.tag, .block))
        default: return node
        }
    }

    // MARK: Secrets

    private static let hidden = "***"

    private static func withoutSecrets(_ node: Node, path: String, _ secrets: inout Set<String>) -> Node {
        switch node {
        case .mapping(let mapping):
            var pairs: [(Node, Node)] = []
            for (key, value) in mapping {
                let name = key.string ?? ""
                let inner = path.isEmpty ? name : "\(path).\(name)"
                if isSecret(name), value.scalar?.string.isEmpty == false {
                    secrets.insert(inner)
                    pairs.append((key, .scalar(Node.Scalar(hidden, .implicit, .singleQuoted))))
                } else {
                    pairs.append((key, withoutSecrets(value, path: inner, &secrets)))
                }
            }
            return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style))
        case .sequence(let sequence):
            var elements: [Node] = []
            for (index, element) in sequence.enumerated() {
                elements.append(withoutSecrets(element, path: "\(path)[\(index)]", &secrets))
            }
            return .sequence(Node.Sequence(elements, sequence.tag, sequence.style))
        case .scalar(let scalar):
            // http://name:password@host
            guard let match = scalar.string.firstMatch(of: /^([A-Za-z][A-Za-z0-9+.\-]*:\/\/)[^\/]*@/) else {
                return node
            }
            secrets.insert(path)
            let rest = scalar.string[match.range.upperBound...]
            return .scalar(Node.Scalar("\(match.1)\(hidden)@\(rest)", scalar.tag, scalar.style))
        case .alias: return node
        }
    }

    /// A key that says of itself that its value is one; where a secret is kept (`tokenFile`) is none.
    private static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["password", "secret", "token", "key"].contains { name.hasSuffix($0) }
    }
}
