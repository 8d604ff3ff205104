import Zstandard

/// An error that knows how to tell a person what was wrong, where, and what to do.
///
/// Modules below this one cannot conform their errors; an executable that imports both does it in one line
/// (`extension TrajectoryError: UserFacingError { public var exitStatus: ExitStatus { .invalidData } }`). Any other error with a
/// description is shown by that description and ends the process with 1.
public protocol UserFacingError: Error, CustomStringConvertible {
    var exitStatus: ExitStatus { get }
}

/// A message and the status to end with, where an error type of its own would say no more.
public struct CommandFailure: UserFacingError {
    public let description: String
    public let exitStatus: ExitStatus

    public init(_ description: String, exitStatus: ExitStatus = .failure) {
        self.description = description
        self.exitStatus = exitStatus
    }
}

/// Zstandard lies below every executable, so its file errors are made presentable once, here.
extension FileError: UserFacingError {
    public var exitStatus: ExitStatus { line == nil ? .missingInput : .invalidData }
}
