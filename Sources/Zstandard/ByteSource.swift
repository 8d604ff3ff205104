/// The bytes of a file or of standard input, expanded where they are zstd, chunk by chunk in constant memory.
///
/// Which of the two it is, the first bytes say, not the name; but a file named `.zst` that is not zstd is an error, because it
/// is a damaged download far more often than a wrong name.
package final class ByteSource {
    /// What is read, as errors name it: the path, or "standard input".
    package var name: String { file.name }

    private let file: InputFile
    private var decompressor: ZstandardDecompressor?
    private var hasStarted = false
    private var isAtEnd = false

    /// Opens the file at `path`.
    package init(path: String) throws(FileError) { file = try InputFile(path: path) }

    private init(file: InputFile) { self.file = file }

    package static func standardInput() -> ByteSource { ByteSource(file: .standardInput()) }

    /// The next bytes; nil after the last.
    ///
    /// - Parameter line: the 1-based line that errors name.
    /// - Throws: `FileError`: unreadable file, damaged or truncated zstd data, gzip.
    package func next(line: Int) throws(FileError) -> [UInt8]? {
        if isAtEnd { return nil }
        if !hasStarted {
            let head = try begin(line: line)
            if !head.isEmpty { return head }
        }
        while true {
            if let decompressor {
                do throws(ZstandardError) {
                    if let chunk = try decompressor.nextChunk() { return Array(chunk) }
                } catch { throw failure(error.description, line) }
            }
            let bytes = try file.read(upTo: Self.readSize)
            guard let decompressor else {
                isAtEnd = bytes.isEmpty
                return bytes.isEmpty ? nil : bytes
            }
            decompressor.feed(bytes)
            guard bytes.isEmpty else { continue }
            isAtEnd = true
            do throws(ZstandardError) { try decompressor.finish() } catch { throw failure(error.description, line) }
            return nil
        }
    }

    /// Looks at the first bytes and decides how to read the rest.
    ///
    /// - Returns: the first bytes of a plain file; none of a compressed one.
    private func begin(line: Int) throws(FileError) -> [UInt8] {
        hasStarted = true
        var head: [UInt8] = []
        while head.count < FrameMagic.length {
            let bytes = try file.read(upTo: Self.readSize)
            if bytes.isEmpty { break }
            head += bytes
        }
        if Zstandard.isZstandard(head) {
            do throws(ZstandardError) {
                // No limit to a local file's length, and the window that the zstd command accepts by default.
                let decompressor = try ZstandardDecompressor(limit: .max, maximumWindowLog: 27)
                decompressor.feed(head)
                self.decompressor = decompressor
            } catch { throw failure(error.description, line) }
            return []
        }
        if head.starts(with: [0x1F, 0x8B]) {
            throw FileError(
                path: name, message: "is gzip, which is not read; expand it with gzip -dc and pipe it in as -")
        }
        if name.hasSuffix(".zst") {
            let reason = head.isEmpty ? "it is empty" : "it does not start as zstd data does"
            throw FileError(path: name, message: "the file is named .zst, but \(reason)")
        }
        return head
    }

    private func failure(_ message: String, _ line: Int) -> FileError {
        FileError(path: name, line: line, message: message)
    }

    private static let readSize = 64 << 10
}
