import Foundation
import Logging
import Synchronization

/// How log lines look.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-01-02T03:04:05.678Z info stepwise-reward: listening address=http://127.0.0.1:8080`, for people.
    case text
    /// One JSON object a line, for log collectors.
    case json

    /// One line without its line feed.
    func line(for entry: LogEntry, styled: (String, TerminalOutput.Style) -> String = { text, _ in text }) -> String {
        switch self {
        case .text: text(entry, styled: styled)
        case .json: json(entry)
        }
    }

    private func text(_ entry: LogEntry, styled: (String, TerminalOutput.Style) -> String) -> String {
        let level =
            switch entry.level {
            case .critical, .error: styled(entry.level.rawValue, .red)
            case .warning: styled(entry.level.rawValue, .yellow)
            default: styled(entry.level.rawValue, .dim)
            }
        let fields = entry.metadata.sorted { $0.key < $1.key }
            .map { " " + styled("\($0.key)=", .dim) + Self.quotedIfNeeded("\($0.value)") }
        return "\(Self.timestamp(entry.time)) \(level) \(entry.label): \(Self.singleLine(entry.message))"
            + fields.joined()
    }

    private func json(_ entry: LogEntry) -> String {
        var text = "{\"time\":\"\(Self.timestamp(entry.time))\",\"level\":\"\(entry.level.rawValue)\""
        text += ",\"logger\":\(Self.quoted(entry.label)),\"message\":\(Self.quoted(entry.message))"
        // Fields of the program never take the place of the four above.
        let reserved: Set = ["time", "level", "logger", "message"]
        for (key, value) in entry.metadata.sorted(by: { $0.key < $1.key }) {
            text += ",\(Self.quoted(reserved.contains(key) ? "metadata.\(key)" : key)):\(Self.json(value))"
        }
        return text + "}"
    }

    private static func json(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .stringConvertible(let value): bare(value) ?? quoted(value.description)
        case .array(let values): "[" + values.map(json).joined(separator: ",") + "]"
        case .dictionary(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(json($0.value))" }.joined(
                    separator: ",")
                + "}"
        }
    }

    /// Numbers and truth values, as collectors want them.
    private static func bare(_ value: any CustomStringConvertible) -> String? {
        switch value {
        case is any BinaryInteger, is Bool: value.description
        case let number as Double: number.isFinite ? value.description : nil
        case let number as Float: number.isFinite ? value.description : nil
        default: nil
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20: result += "\\u00" + hexadecimal(scalar.value)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// In text, a value with spaces is quoted, and no value can begin a line of its own or send control codes to the terminal.
    private static func quotedIfNeeded(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "\"" && $0 != "=" }
        return isPlain ? text : quoted(text)
    }

    private static func singleLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else { return text }
        return String(quoted(text).dropFirst().dropLast())
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return digits.count < 2 ? "0" + digits : digits
    }

    /// UTC with milliseconds (RFC 3339).
    private static func timestamp(_ time: Date) -> String {
        time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}

/// One thing that was logged.
struct LogEntry {
    var time: Date
    var level: Logger.Level
    var label: String
    var message: String
    var metadata: Logger.Metadata
}
