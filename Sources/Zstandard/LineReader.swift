/// The lines of a UTF-8 text file, plain or zstd-compressed, in constant memory.
///
/// Which of the two it is, the first bytes of the file say, not its name; but a file named `.zst` that is not zstd is an
/// error, because it is a damaged download far more often than a wrong name. Lines end in LF or CR LF, the last one may
/// end with the file; a byte order mark is skipped. Empty lines are lines.
public final class LineReader {
    /// A line without its end, and its 1-based number.
    public typealias Line = (number: Int, text: String)

    /// Bytes of the longest line that is read, unless the caller says otherwise: 16 MiB.
    public static let defaultMaximumLineBytes = 16 << 20

    /// What is read, as errors name it: the path, or "standard input".
    public var name: String { source.name }

    private let source: ByteSource
    private let maximumLineBytes: Int
    private var isAtEnd = false
    private var buffer: [UInt8] = []
    /// Where the next line starts in `buffer`, and up to where no line end was found.
    private var start = 0
    private var searched = 0
    private var number = 0

    /// Opens the file at `path`.
    public convenience init(
        path: String, maximumLineBytes: Int = defaultMaximumLineBytes
    ) throws(FileError) {
        self.init(source: try ByteSource(path: path), maximumLineBytes: maximumLineBytes)
    }

    /// Reads standard input instead of a file.
    public static func standardInput(maximumLineBytes: Int = defaultMaximumLineBytes) -> LineReader {
        LineReader(source: .standardInput(), maximumLineBytes: maximumLineBytes)
    }

    private init(source: ByteSource, maximumLineBytes: Int) {
        self.source = source
        self.maximumLineBytes = maximumLineBytes
    }

    /// The next line; nil after the last.
    ///
    /// - Throws: `FileError` with the line's number: unreadable file, damaged or truncated zstd data, invalid UTF-8, a
    ///   line that is too long.
    public func next() throws(FileError) -> Line? {
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                return try takeLine(endingAt: end, next: end + 1)
            }
            searched = buffer.count
            guard buffer.count - start <= maximumLineBytes else { throw tooLong }
            if isAtEnd {
                return start < buffer.count ? try takeLine(endingAt: buffer.count, next: buffer.count) : nil
            }
            try fill()
        }
    }

    private func takeLine(endingAt end: Int, next: Int) throws(FileError) -> Line {
        var bytes = buffer[start..<end]
        if number == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard bytes.count <= maximumLineBytes else { throw tooLong }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure("the line is not valid UTF-8; convert the file to UTF-8")
        }
        start = next
        searched = next
        number += 1
        return (number, text)
    }

    /// Adds bytes to the buffer, or sees that there are none left.
    private func fill() throws(FileError) {
        if start > 0 {
            buffer.removeFirst(start)
            searched -= start
            start = 0
        }
        guard let bytes = try source.next(line: number + 1) else {
            isAtEnd = true
            return
        }
        buffer += bytes
    }

    private var tooLong: FileError { failure("the line is longer than \(maximumLineBytes) bytes") }

    private func failure(_ message: String) -> FileError {
        FileError(path: name, line: number + 1, message: message)
    }
}
