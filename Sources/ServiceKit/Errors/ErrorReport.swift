import Foundation
import Logging
import ServiceAPI
import Synchronization

/// Turns any error into one message for a person and a status for a script.
public enum ErrorReport {
    /// What to print after `error: `. Never the dump of a Swift value: an error type without a description of its own is
    /// called a fault of this program.
    public static func message(for error: any Error) -> String {
        switch error {
        case let error as any UserFacingError: return error.description
        case is CancellationError: return "cancelled"
        case let error as CocoaError: return message(for: error)
        case let error as POSIXError: return String(cString: strerror(error.code.rawValue))
        case let error as any LocalizedError where error.errorDescription != nil: return error.errorDescription ?? ""
        default:
            if isDescribed(error) { return "\(error)" }
            return "internal error (\(type(of: error)): \(error)); this is a fault of the program: please report it"
        }
    }

    /// How the process logs, and what its lines are called, once it logs.
    static let format = Mutex<(LogFormat, label: String)?>(nil)

    /// The last line of a process that fails: `error: message`, or where it logs JSON, a line of that.
    static func write(_ message: String, to output: TerminalOutput = .standardError) {
        guard let (format, label) = Self.format.withLock({ $0 }), format == .json else {
            return output.writeError(message)
        }
        output.writeLine(
            format.line(for: LogEntry(time: Date(), level: .error, label: label, message: message, metadata: [:])))
    }

    public static func status(for error: any Error) -> ExitStatus {
        switch error {
        case let error as any UserFacingError: error.exitStatus
        case is CancellationError: .interrupted
        case let error as CocoaError: status(for: error)
        case let error as ProblemDetails: error.status >= 500 ? .unavailable : .failure
        case is POSIXError: .inputOutput
        case is any LocalizedError: .failure
        default: isDescribed(error) ? .failure : .internalError
        }
    }

    /// Whether the type has a description of its own. Asked of the type: a cast of the value would bridge any error to NSError, which has one.
    private static func isDescribed(_ error: any Error) -> Bool { type(of: error) is any CustomStringConvertible.Type }

    /// Foundation says "The file doesn't exist" without saying which.
    private static func message(for error: CocoaError) -> String {
        let path = error.userInfo[NSFilePathErrorKey] as? String ?? (error.userInfo[NSURLErrorKey] as? URL)?.path
        let reason =
            switch error.code {
            case .fileReadNoSuchFile, .fileNoSuchFile: "no such file"
            case .fileReadNoPermission, .fileWriteNoPermission: "permission denied"
            case .fileWriteOutOfSpace: "no space left on the device"
            case .fileWriteFileExists: "exists already"
            default: error.localizedDescription
            }
        return path.map { "\($0): \(reason)" } ?? reason
    }

    private static func status(for error: CocoaError) -> ExitStatus {
        switch error.code {
        case .fileReadNoSuchFile, .fileNoSuchFile, .fileReadNoPermission: .missingInput
        case .fileWriteNoPermission, .fileWriteFileExists: .cannotCreate
        default: .inputOutput
        }
    }
}
