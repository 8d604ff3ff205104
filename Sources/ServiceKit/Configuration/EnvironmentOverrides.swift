import Foundation

/// Environment variables that take the place of single configuration keys: with the prefix `STEPWISE_REWARD`, the key
/// `server.maximumBodyBytes` is `STEPWISE_REWARD_SERVER_MAXIMUM_BODY_BYTES`.
public struct EnvironmentOverrides: Sendable {
    public let prefix: String
    private let variables: [String: String]

    /// - Parameter prefix: without a trailing underscore.
    public init(prefix: String, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.prefix = prefix
        variables = environment.filter { name, value in
            // Kubernetes gives every pod such variables for a service of that name ("service links").
            name.hasPrefix(prefix + "_") && !(value.hasPrefix("tcp://") || value.hasPrefix("udp://"))
        }
    }

    /// The variable that overrides the key at `path`.
    func name(for path: [String]) -> String {
        ([prefix] + path.map(Self.upperSnake)).joined(separator: "_")
    }

    func value(for path: [String]) -> String? { variables[name(for: path)] }

    /// Whether some variable overrides a key below `path`.
    func hasValues(below path: [String]) -> Bool {
        let start = name(for: path) + "_"
        return variables.keys.contains { $0.hasPrefix(start) }
    }

    /// The variables with the prefix that are none of `known`, in alphabetical order, each with what was probably meant.
    func unknown(besides known: Set<String>) -> [UnknownVariable] {
        variables.keys.filter { !known.contains($0) && !isServiceLink($0) }.sorted().map { name in
            let word = String(name.dropFirst(prefix.count + 1))
            let words = known.map { String($0.dropFirst(prefix.count + 1)) }
            let meant = Suggestion.closest(to: word, among: words)
            return UnknownVariable(name: name, suggestion: meant.map { "\(prefix)_\($0)" })
        }
    }

    /// Variables that Kubernetes gives every pod for a service of this name: `.._SERVICE_HOST`, `.._PORT_8080_TCP_ADDR`.
    private func isServiceLink(_ name: String) -> Bool {
        let rest = name.dropFirst(prefix.count + 1)
        if rest == "SERVICE_HOST" || rest == "SERVICE_PORT" || rest.hasPrefix("SERVICE_PORT_") { return true }
        return rest.wholeMatch(of: /PORT_[0-9]+_(TCP|UDP)(_(PROTO|PORT|ADDR))?/) != nil
    }

    /// `maximumBodyBytes` -> `MAXIMUM_BODY_BYTES`, `topK` -> `TOP_K`.
    static func upperSnake(_ key: String) -> String {
        var result = ""
        for character in key {
            if character.isUppercase, !result.isEmpty { result += "_" }
            result += character == "-" || character == "." ? "_" : character.uppercased()
        }
        return result
    }
}
