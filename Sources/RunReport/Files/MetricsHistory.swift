import Foundation

/// The numbers of `metrics.jsonl` as columns. It remembers how far it has read, so that looking again at a growing file costs what is new.
package struct MetricsHistory: Sendable {
    /// A metric: the steps that have it, ascending, and its values.
    package struct Series: Sendable, Equatable {
        package var steps: [Int] = []
        package var values: [Double] = []

        package init(steps: [Int] = [], values: [Double] = []) {
            self.steps = steps
            self.values = values
        }
    }

    /// Steps of one phase that have been made.
    package struct Span: Sendable, Equatable {
        package let phase: Int
        package let method: String
        package var steps: ClosedRange<Int>
    }

    package let path: String
    package private(set) var series: [String: Series] = [:]
    package private(set) var spans: [Span] = []
    package private(set) var changes: [MetricsLine.Change] = []
    package private(set) var lineCount = 0
    package private(set) var lastStep: Int?
    private var offset: UInt64 = 0

    package init(path: String) { self.path = path }

    /// Reads the whole lines that have come since the last time; a last line without its end is still being written. No file has no lines.
    ///
    /// - Parameter each: is given every new line.
    /// - Throws: ``ReportError`` for a damaged line or a file that cannot be read; what `each` throws.
    package mutating func update(_ each: (MetricsLine) throws -> Void = { _ in }) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        let file: FileHandle
        do {
            file = try FileHandle(forReadingFrom: URL(filePath: path))
        } catch {
            throw ReportError(path: path, message: "cannot be read: \(error.localizedDescription)")
        }
        defer { try? file.close() }
        // Somebody has cut it: what was read is no longer what it says.
        if try file.seekToEnd() < offset { self = MetricsHistory(path: path) }
        try file.seek(toOffset: offset)
        var rest: [UInt8] = []
        while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty {
            rest += chunk
            var start = 0
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                try add(String(decoding: rest[start..<end], as: UTF8.self), each)
                offset += UInt64(end + 1 - start)
                start = end + 1
            }
            rest.removeFirst(start)
        }
    }

    private mutating func add(_ text: String, _ each: (MetricsLine) throws -> Void) throws {
        lineCount += 1
        guard !text.isEmpty else { return }
        let line: MetricsLine
        do {
            line = try MetricsLine(text)
        } catch {
            throw ReportError(path: path, line: lineCount, message: "\(error)")
        }
        guard line.step > lastStep ?? -1 else {
            throw ReportError(
                path: path, line: lineCount, message: "step \(line.step) comes after step \(lastStep ?? 0)")
        }
        lastStep = line.step
        if let last = spans.last, last.phase == line.phase, last.method == line.method {
            spans[spans.count - 1].steps = last.steps.lowerBound...line.step
        } else {
            spans.append(Span(phase: line.phase, method: line.method, steps: line.step...line.step))
        }
        for (name, value) in line.scalars {
            series[name, default: Series()].steps.append(line.step)
            series[name, default: Series()].values.append(value)
        }
        changes += line.changes
        try each(line)
    }
}

extension MetricsHistory.Series {
    /// The part within steps.
    package func within(_ range: ClosedRange<Int>) -> Self {
        let chosen = steps.indices.filter { range.contains(steps[$0]) }
        return Self(steps: chosen.map { steps[$0] }, values: chosen.map { values[$0] })
    }

    /// The mean of the last, or first, twentieth of the values, of one at least; nil where there are none.
    package func mean(ofLast last: Bool = true) -> Double? {
        let count = max(1, values.count / 20)
        let chosen = last ? values.suffix(count) : values.prefix(count)
        return chosen.isEmpty ? nil : chosen.reduce(0, +) / Double(chosen.count)
    }
}
