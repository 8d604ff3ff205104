import Foundation

/// `tensorboard/` of a run: event files that have the numbers of `metrics.jsonl` under the same names (`seconds/rollout` for a member of `seconds`).
///
/// Each process that trains has a file of its own. What an earlier one wrote of steps that are done again is cut off, so that no step is there
/// twice for any reader.
package final class TensorBoardLog {
    private let folder: String
    private var file: FileHandle?
    /// The last step that the files have; nil for none.
    package private(set) var lastStep: Int?

    /// - Parameter folder: made when the first event is written.
    package init(folder: String) { self.folder = folder }

    /// The event files, in the order in which TensorBoard reads them.
    package func files() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix(Self.prefix) }.sorted().map { folder + "/" + $0 }
    }

    /// Looks at what earlier processes have written, and takes back what is later than `step`.
    ///
    /// - Parameter step: the last of `metrics.jsonl`; nil for none.
    /// - Throws: errors of the file system.
    package func rewind(to step: Int?) throws {
        lastStep = nil
        // Those of another make are no business of ours.
        for path in files() where path.hasSuffix(Self.suffix) {
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
            let records = EventFileContents(bytes).records
            // Of which nothing can be read, is left as it is.
            guard !records.isEmpty else { continue }
            let kept = records.prefix { $0.step <= step ?? -1 }
            guard let last = kept.last(where: \.hasScalars) else {
                try FileManager.default.removeItem(atPath: path)
                continue
            }
            if last.end < bytes.count {
                let handle = try FileHandle(forWritingTo: URL(filePath: path))
                try handle.truncate(atOffset: UInt64(last.end))
                try handle.close()
            }
            lastStep = max(lastStep ?? 0, last.step)
        }
    }

    /// Writes a line of the metrics, unless the files have its step.
    ///
    /// - Throws: errors of the file system.
    package func append(_ line: MetricsLine, wallTime: Double = Date.now.timeIntervalSince1970) throws {
        if let lastStep, line.step <= lastStep { return }
        let file = try self.file ?? begin(step: line.step, wallTime: wallTime)
        self.file = file
        // One write an event, so that a reader beside it finds whole ones.
        try file.write(
            contentsOf: Data(TensorBoardEvent.scalars(line.scalars, step: line.step, wallTime: wallTime)))
        lastStep = line.step
    }

    private static let prefix = "events.out.tfevents."
    private static let suffix = ".stepwise"

    private func begin(step: Int, wallTime: Double) throws -> FileHandle {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // Readers take files in the order of their names, and never go back.
        let previous = files().last.flatMap { path in
            Int(path.dropFirst(folder.count + 1 + Self.prefix.count).prefix { $0.isNumber })
        }
        let number = max(Int(wallTime), (previous ?? 0) + 1)
        let path = "\(folder)/\(Self.prefix)\(number)\(Self.suffix)"
        let isContinued = previous != nil
        var head = TensorBoardEvent.fileVersion(wallTime: wallTime)
        if isContinued { head += TensorBoardEvent.start(step: step, wallTime: wallTime) }
        guard FileManager.default.createFile(atPath: path, contents: Data(head)) else {
            throw ReportError(path: path, message: "cannot be made: \(String(cString: strerror(errno)))")
        }
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.seekToEnd()
        return handle
    }
}
