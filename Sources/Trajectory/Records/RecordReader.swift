import Zstandard

/// The rows of a data file, one at a time in constant memory: JSON lines, one JSON array, or JSON objects one after another, each over
/// as many lines as it likes. Which of them it is, the first bytes say.
///
/// Memory is a row and a chunk of the file, whatever the file's size.
package final class RecordReader {
    /// A row as it stands in the file.
    package struct Record: Sendable {
        /// 1-based line on which it starts.
        package let line: Int
        /// 1-based number among the rows.
        package let number: Int
        /// Its JSON, of which nothing is known yet.
        package let bytes: ArraySlice<UInt8>
    }

    enum Layout {
        case lines, array, objects
    }

    /// Bytes of the longest row that is read, unless the caller says otherwise: 256 MiB.
    package static let defaultMaximumBytes = 256 << 20

    package var name: String { source.name }
    /// Bytes read so far, after expansion.
    package private(set) var bytesRead = 0

    private let source: ByteSource
    private let maximumBytes: Int
    private var layout: Layout?
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtEnd = false
    private var isFinished = false
    private var line = 1
    private var number = 0

    /// - Parameter path: a file, plain or zstd-compressed; "-" is standard input.
    package init(path: String, maximumBytes: Int = defaultMaximumBytes) throws(TrajectoryError) {
        source = try translatingFileErrors { () throws(FileError) in
            path == "-" ? ByteSource.standardInput() : try ByteSource(path: path)
        }
        self.maximumBytes = maximumBytes
    }

    /// The next row; nil after the last. Blank lines are none.
    ///
    /// - Throws: `TrajectoryError`: the file cannot be read, a row is too long, an array is not closed or followed by something.
    package func next() throws(TrajectoryError) -> Record? {
        if isFinished { return nil }
        if layout == nil { try begin() }
        try skipSpace()
        switch layout {
        case .lines, nil: return try nextLine()
        case .objects: return try nextValue()
        case .array: return try nextElement()
        }
    }

    // MARK: Layouts

    private func begin() throws(TrajectoryError) {
        while buffer.count < 3, try fill() {}
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        try skipSpace()
        layout = .lines
        guard let first = try byte() else { return }
        if first == UInt8(ascii: "[") {
            layout = .array
            position += 1
        } else if first == UInt8(ascii: "{"), let end = try lineEnd() {
            // A row of JSON lines is whole on its line. A line that ends in the middle, where JSON for people breaks its lines,
            // begins an object of many; any other is a damaged row.
            let last = buffer[position..<end].last { ![0x20, 0x09, 0x0D].contains($0) }
            if let last, [UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ",")].contains(last) { layout = .objects }
        }
    }

    private func nextLine() throws(TrajectoryError) -> Record? {
        guard try byte() != nil else { return finish() }
        let end = try lineEnd() ?? buffer.count
        let record = take(to: end)
        // The line feed is skipped with other space, and counted there.
        return record
    }

    private func nextValue() throws(TrajectoryError) -> Record? {
        guard try byte() != nil else { return finish() }
        let (end, lines) = try valueEnd(stopsAtComma: false)
        let record = take(to: end)
        line += lines
        return record
    }

    private func nextElement() throws(TrajectoryError) -> Record? {
        if number > 0 {
            switch try byte() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"): break
            case nil: throw failure("the array is not closed: the file is cut short")
            default: throw failure("after row \(number) of the array, a ',' or the closing ']' is missing")
            }
            try skipSpace()
        }
        guard let first = try byte() else { throw failure("the array is not closed: the file is cut short") }
        if first == UInt8(ascii: "]") {
            position += 1
            try skipSpace()
            guard try byte() == nil else { throw failure("something follows the array; one file holds one array") }
            return finish()
        }
        let (end, lines) = try valueEnd(stopsAtComma: true)
        let record = take(to: end)
        line += lines
        return record
    }

    private func finish() -> Record? {
        isFinished = true
        buffer = []
        return nil
    }

    private func take(to end: Int) -> Record {
        number += 1
        let record = Record(line: line, number: number, bytes: ArraySlice(Array(buffer[position..<end])))
        position = end
        return record
    }

    // MARK: Scanning

    /// Where the value at `position` ends, and how many line feeds are in it.
    private func valueEnd(stopsAtComma: Bool) throws(TrajectoryError) -> (end: Int, lines: Int) {
        var depth = 0
        var isInString = false
        var lines = 0
        var offset = 0
        while true {
            let start = position
            while start + offset < buffer.count {
                let byte = buffer[start + offset]
                offset += 1
                if isInString {
                    if byte == UInt8(ascii: "\\") {
                        offset += 1
                    } else if byte == UInt8(ascii: "\"") {
                        isInString = false
                        if depth == 0 { return (start + offset, lines) }
                    }
                    continue
                }
                switch byte {
                case UInt8(ascii: "\""): isInString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    // A bracket too many ends a number or a word, and is no part of it; alone it is a damaged row, or reading
                    // would never get past it.
                    if depth == 0 { return (start + max(offset - 1, 1), lines) }
                    depth -= 1
                    if depth == 0 { return (start + offset, lines) }
                case UInt8(ascii: ",") where depth == 0 && stopsAtComma: return (start + offset - 1, lines)
                case 0x0A:
                    if depth == 0 { return (start + offset - 1, lines) }
                    lines += 1
                default: break
                }
            }
            guard offset <= maximumBytes else { throw tooLong }
            guard try fill() else {
                if depth == 0, !isInString { return (buffer.count, lines) }
                throw failure("the row is not valid JSON: it ends too early")
            }
        }
    }

    /// Where the line at `position` ends; nil when the file does.
    private func lineEnd() throws(TrajectoryError) -> Int? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) { return end }
            guard buffer.count - position <= maximumBytes else { throw tooLong }
            // Filling moves what is left to the buffer's start.
            let length = buffer.count - position
            guard try fill() else { return nil }
            searched = position + length
        }
    }

    private func skipSpace() throws(TrajectoryError) {
        while true {
            while position < buffer.count {
                switch buffer[position] {
                case 0x0A: line += 1
                case 0x20, 0x09, 0x0D: break
                default: return
                }
                position += 1
            }
            guard try fill() else { return }
        }
    }

    private func byte() throws(TrajectoryError) -> UInt8? {
        if position == buffer.count { _ = try fill() }
        return position < buffer.count ? buffer[position] : nil
    }

    /// Adds bytes to the buffer, whose read part goes first.
    ///
    /// - Returns: false at the end of the file.
    private func fill() throws(TrajectoryError) -> Bool {
        if isAtEnd { return false }
        let line = line
        let chunk = try translatingFileErrors { () throws(FileError) in try source.next(line: line) }
        guard let chunk else {
            isAtEnd = true
            return false
        }
        bytesRead += chunk.count
        if position > 0 {
            buffer.removeFirst(position)
            position = 0
        }
        buffer += chunk
        return true
    }

    private var tooLong: TrajectoryError { failure("the row is longer than \(maximumBytes) bytes") }

    private func failure(_ message: String) -> TrajectoryError {
        TrajectoryError(file: name, line: line, message: message)
    }
}
