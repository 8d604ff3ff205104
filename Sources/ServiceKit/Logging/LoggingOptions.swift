import ArgumentParser
import Foundation
import Logging
import Synchronization
import Transport

/// `--log-level` and `--log-format`, the same for every command.
public struct LoggingOptions: ParsableArguments {
    @Option(
        help: "The least level that is logged: trace, debug, info, notice, warning, error or critical. (default: info)")
    public var logLevel: Logger.Level?

    @Option(help: "How log lines look on standard error: text or json. (default: text)")
    public var logFormat: LogFormat?

    public init() {}

    /// Sets up logging for the process and gives its logger. Later calls only give a logger: there is one set-up a process.
    ///
    /// - Parameter settings: the configuration's, for what the command line does not say.
    public func start(label: String, settings: LoggingSettings = LoggingSettings()) -> Logger {
        let isFirst = Self.isStarted.withLock { isStarted in
            defer { isStarted = true }
            return !isStarted
        }
        if isFirst {
            let (level, format) = (logLevel ?? settings.level, logFormat ?? settings.format)
            LoggingSystem.bootstrap { label in
                var handler = TerminalLogHandler(label: label, level: level, format: format)
                handler.metadataProvider = Self.trace
                return handler
            }
            ErrorReport.format.withLock { $0 = (format, label) }
        }
        return Logger(label: label)
    }

    private static let isStarted = Mutex(false)

    /// What is logged while a request is handled says which request it was.
    private static let trace = Logger.MetadataProvider {
        guard let trace = TraceContext.current else { return [:] }
        return ["trace_id": "\(trace.traceID)", "span_id": "\(trace.spanID)"]
    }
}

extension LogFormat: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}
