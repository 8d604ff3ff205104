import Logging

/// The section `logging` of a service's configuration; the command line goes before it.
public struct LoggingSettings: Codable, Sendable, Equatable {
    /// The least level that is logged.
    public var level: Logger.Level
    public var format: LogFormat

    public init(level: Logger.Level = .info, format: LogFormat = .text) {
        self.level = level
        self.format = format
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        level = try values.decodeIfPresent(Logger.Level.self, forKey: .level) ?? .info
        format = try values.decodeIfPresent(LogFormat.self, forKey: .format) ?? .text
    }
}

extension LogFormat: Codable {}

extension LoggingOptions {
    /// Puts what the command line says in the place of the configuration's.
    public func apply<Value>(
        to loaded: inout LoadedConfiguration<Value>, _ section: WritableKeyPath<Value, LoggingSettings>
    ) {
        loaded.override(
            section.appending(path: \.level), with: logLevel, key: "logging.level", flag: "--log-level")
        loaded.override(
            section.appending(path: \.format), with: logFormat, key: "logging.format", flag: "--log-format")
    }
}
