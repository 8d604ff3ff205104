import Zstandard

/// What is wrong with expert data, and where.
public struct TrajectoryError: Error, Equatable, Sendable {
    public let file: String?
    /// 1-based line of `file`.
    public let line: Int?
    /// JSON pointer (RFC 6901) to the field at fault within the line, such as `/steps/2`.
    public let field: String?
    public let message: String

    public init(file: String? = nil, line: Int? = nil, field: String? = nil, message: String) {
        self.file = file
        self.line = line
        self.field = field
        self.message = message
    }

    init(_ error: FileError) {
        self.init(file: error.path, line: error.line, message: error.message)
    }

    func at(file: String, line: Int) -> TrajectoryError {
        TrajectoryError(file: file, line: line, field: field, message: message)
    }
}

extension TrajectoryError: CustomStringConvertible {
    public var description: String {
        var place = file.map { "\($0):" } ?? ""
        if let line { place += "\(line):" }
        let parts = [place, field.map { "\($0):" } ?? "", message]
        return parts.filter { !$0.isEmpty }.joined(separator: " ")
    }
}

/// Runs `body` and throws what goes wrong with its file as a `TrajectoryError`.
func translatingFileErrors<Result>(_ body: () throws(FileError) -> Result) throws(TrajectoryError) -> Result {
    do throws(FileError) {
        return try body()
    } catch {
        throw TrajectoryError(error)
    }
}
