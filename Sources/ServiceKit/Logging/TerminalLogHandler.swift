import Foundation
import Logging

/// Writes log lines to standard error, above the progress bar if there is one.
package struct TerminalLogHandler: LogHandler {
    package let label: String
    package let format: LogFormat
    package let output: TerminalOutput
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    package init(label: String, level: Logger.Level, format: LogFormat, output: TerminalOutput = .standardError) {
        self.label = label
        self.format = format
        self.output = output
        self.logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { _, new in new } }
        if let own = event.metadata { fields.merge(own) { _, new in new } }
        if let error = event.error { fields["error"] = "\(ErrorReport.message(for: error))" }
        let entry = LogEntry(
            time: Date(), level: event.level, label: label, message: "\(event.message)", metadata: fields)
        output.writeLine(format.line(for: entry, styled: output.styled))
    }
}
