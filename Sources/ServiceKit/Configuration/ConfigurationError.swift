/// What is wrong with a configuration, and where: `services/trainer/x.yaml:12: unknown key 'learning_rat' in 'optimizer'; did
/// you mean 'learningRate'?`
public struct ConfigurationError: UserFacingError, Equatable {
    /// The file as it was named, or the environment variable.
    public let source: String
    /// 1-based; nil when the fault is not at one line.
    public let line: Int?
    public let message: String

    public init(source: String, line: Int? = nil, message: String) {
        self.source = source
        self.line = line
        self.message = message
    }

    public var description: String {
        line.map { "\(source):\($0): \(message)" } ?? "\(source): \(message)"
    }

    public var exitStatus: ExitStatus { .configuration }
}
