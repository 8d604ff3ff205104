import Logging

/// A configuration, and where each value of it comes from: the command line goes before the environment, that before the file, that before the
/// defaults.
public struct LoadedConfiguration<Value> {
    public var value: Value
    /// Of what is set somewhere, by its key as messages write it (`server.port`, `phases[0].steps`); the rest are defaults.
    public private(set) var origins: [String: ConfigurationOrigin]
    /// Variables that have the prefix and are no key.
    public let unknownVariables: [UnknownVariable]

    init(value: Value, origins: [String: ConfigurationOrigin], unknownVariables: [UnknownVariable]) {
        self.value = value
        self.origins = origins
        self.unknownVariables = unknownVariables
    }

    /// Takes a value of the command line, where there is one.
    ///
    /// - Parameters:
    ///   - key: as messages write it.
    ///   - flag: as it is typed: `--port`.
    public mutating func override<Member>(
        _ path: WritableKeyPath<Value, Member>, with given: Member?, key: String, flag: String
    ) {
        guard let given else { return }
        value[keyPath: path] = given
        origins = origins.filter { !$0.key.hasPrefix(key + ".") && !$0.key.hasPrefix(key + "[") }
        origins[key] = .flag(flag)
    }

    /// Says which variables are passed over.
    public func warn(_ logger: Logger) {
        for variable in unknownVariables { logger.warning("\(variable.description)") }
    }

    /// As ``warn(_:)``, for who prints something else and does not log.
    public func warn(_ output: TerminalOutput = .standardError) {
        for variable in unknownVariables { output.writeLine("warning: \(variable.description)") }
    }
}

/// Where a value of a configuration comes from.
public enum ConfigurationOrigin: Sendable, Hashable, CustomStringConvertible {
    case file(String, line: Int?)
    case environment(String)
    case flag(String)

    public var description: String {
        switch self {
        case .file(let path, let line): line.map { "\(path):\($0)" } ?? path
        case .environment(let name): "environment \(name)"
        case .flag(let flag): flag
        }
    }
}

/// A variable that looks like one of a program's own and is none.
public struct UnknownVariable: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    public let suggestion: String?

    public var description: String {
        "the environment variable \(name) is not used: there is no such key\(suggestion.map { "; did you mean \($0)?" } ?? "")"
    }
}
