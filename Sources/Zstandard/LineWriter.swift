/// Writes lines to a file that appears whole or not at all, zstd-compressed when its name ends in `.zst`.
///
/// Nothing is seen at the path until `commit()`; a writer that is let go without it leaves nothing behind.
public final class LineWriter {
    public var path: String { file.path }

    private let file: AtomicFile
    private let compressor: ZstandardCompressor?
    private var buffer: [UInt8] = []

    /// - Parameter level: zstd's compression level, for a path that ends in `.zst`.
    public init(path: String, level: Int32 = 3) throws(FileError) {
        do throws(ZstandardError) {
            compressor = path.hasSuffix(".zst") ? try ZstandardCompressor(level: level) : nil
        } catch {
            throw FileError(path: path, message: error.description)
        }
        file = try AtomicFile(path: path)
    }

    /// Writes `line` and a line feed. The text must have no line feed of its own.
    public func write(_ line: String) throws(FileError) {
        precondition(!line.utf8.contains(UInt8(ascii: "\n")), "a line must not have a line feed in it")
        buffer.append(contentsOf: line.utf8)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= 64 << 10 { try writeBuffer() }
    }

    /// Flushes everything to the disk and gives the file its name.
    public func commit() throws(FileError) {
        try writeBuffer()
        if let compressor {
            do throws(ZstandardError) {
                buffer = try compressor.finish()
            } catch {
                throw FileError(path: path, message: error.description)
            }
            try file.write(buffer)
            buffer = []
        }
        try file.commit()
    }

    /// Removes what was written. Does nothing after `commit()`.
    public func abandon() {
        file.abandon()
    }

    private func writeBuffer() throws(FileError) {
        if let compressor {
            do throws(ZstandardError) {
                buffer = try compressor.append(buffer)
            } catch {
                throw FileError(path: path, message: error.description)
            }
        }
        try file.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
