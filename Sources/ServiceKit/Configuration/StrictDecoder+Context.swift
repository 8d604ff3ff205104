import Yams

extension StrictDecoder {
    /// What the decoders of one document share. Used by one thread, while one document is decoded.
    final class Context {
        let source: String
        let environment: EnvironmentOverrides?
        /// The keys that were asked for, by the path of their mapping.
        private var asked: [String: Set<String>] = [:]
        /// Mappings whose keys the type takes as they come (dictionaries).
        private var open: Set<String> = []
        /// Where what is set comes from, by its path.
        private(set) var origins: [String: ConfigurationOrigin] = [:]
        /// The variables that would have been taken.
        private(set) var variables: Set<String> = []
        /// Lists and mappings that variables hold.
        private(set) var fromVariables: [(node: Node, path: [any CodingKey], variable: String)] = []

        init(source: String, environment: EnvironmentOverrides?) {
            self.source = source
            self.environment = environment
        }

        func ask(for key: String, in path: [any CodingKey]) {
            asked[StrictDecoder.text(of: path), default: []].insert(key)
            if let environment { variables.insert(environment.name(for: path.map(\.stringValue) + [key])) }
        }

        func note(_ node: Node, at path: [any CodingKey], variable: String?) {
            origins[StrictDecoder.text(of: path)] =
                variable.map { ConfigurationOrigin.environment($0) } ?? .file(source, line: node.mark?.line)
        }

        /// Of what is taken as it comes, too.
        func noteAll(_ node: Node, at path: [any CodingKey], variable: String?) {
            note(node, at: path, variable: variable)
            switch node {
            case .mapping(let mapping):
                for (key, value) in mapping {
                    noteAll(value, at: path + [PathKey(key.string ?? "")], variable: variable)
                }
            case .sequence(let sequence):
                for (index, element) in sequence.enumerated() {
                    noteAll(element, at: path + [PathKey(index)], variable: variable)
                }
            case .scalar, .alias: break
            }
        }

        /// What a variable's text is: a list or mapping where it is written as one, `[a, b]`, and else as it stands.
        func node(of text: String, variable: String, path: [any CodingKey]) -> Node {
            origins[StrictDecoder.text(of: path)] = .environment(variable)
            let scalar = Node(text, .implicit, .plain)
            guard text.hasPrefix("[") || text.hasPrefix("{"), let node = try? Yams.compose(yaml: text),
                node.scalar == nil
            else { return scalar }
            fromVariables.append((node, path, variable))
            return node
        }

        func takeAllKeys(in path: [any CodingKey]) { open.insert(StrictDecoder.text(of: path)) }

        func error(at node: Node, _ message: String) -> ConfigurationError {
            ConfigurationError(source: source, line: node.mark?.line, message: message)
        }

        func refuseUnknownKeys(
            in node: Node, path: [any CodingKey], variable: String? = nil
        ) throws(ConfigurationError) {
            switch node {
            case .mapping(let mapping):
                let text = StrictDecoder.text(of: path)
                // A mapping that nothing looked into was decoded as a whole by a type of its own.
                guard let known = asked[text] else { return }
                for (key, value) in mapping {
                    let name = key.string ?? ""
                    if !open.contains(text), !known.contains(name) {
                        let place = path.isEmpty ? "" : " in '\(text)'"
                        let message = "unknown key '\(name)'\(place)\(Suggestion.hint(for: name, among: known))"
                        guard let variable else { throw error(at: key, message) }
                        throw ConfigurationError(source: "environment variable \(variable)", message: message)
                    }
                    try refuseUnknownKeys(in: value, path: path + [PathKey(name)], variable: variable)
                }
            case .sequence(let sequence):
                for (index, element) in sequence.enumerated() {
                    try refuseUnknownKeys(in: element, path: path + [PathKey(index)], variable: variable)
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
