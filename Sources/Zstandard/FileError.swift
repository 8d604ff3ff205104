#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file could not be read or written: which, where in it, and why.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    public let path: String
    /// 1-based line at which reading stopped, where there is one.
    public let line: Int?
    public let message: String

    public init(path: String, line: Int? = nil, message: String) {
        self.path = path
        self.line = line
        self.message = message
    }

    public var description: String {
        if let line { "\(path):\(line): \(message)" } else { "\(path): \(message)" }
    }

    /// What the operating system said about the last call, as in "cannot open the file: No such file or directory".
    static func system(_ path: String, _ action: String, code: Int32 = errno) -> FileError {
        FileError(path: path, message: "\(action): \(String(cString: strerror(code)))")
    }
}
