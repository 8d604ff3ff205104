import ArgumentParser
import Foundation
import Logging
import Synchronization

/// `--log-level` and `--log-format`, the same for every command.
public struct LoggingOptions: ParsableArguments {
    @Option(help: "The least level that is logged: trace, debug, info, notice, warning, error or critical.")
    public var logLevel: Logger.Level = .info

    @Option(help: "How log lines look on standard error: text or json.")
    public var logFormat: LogFormat = .text

    public init() {}

    /// Sets up logging for the process and gives its logger. Later calls only give a logger: there is one set-up a process.
    public func start(label: String) -> Logger {
        let isFirst = Self.isStarted.withLock { isStarted in
            defer { isStarted = true }
            return !isStarted
        }
        if isFirst {
            let (level, format) = (logLevel, logFormat)
            LoggingSystem.bootstrap { label in TerminalLogHandler(label: label, level: level, format: format) }
        }
        return Logger(label: label)
    }

    private static let isStarted = Mutex(false)
}

extension LogFormat: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}
