import Foundation
import Reward
import ServiceAPI
import ServiceKit
import Zstandard

/// The files of rollouts that a command line means.
enum StoredFiles {
    /// Files as they are, folders as the JSONL files in them, a run's folder as its rollouts; by name, step 2 before step 10.
    ///
    /// - Throws: `CommandFailure` for a folder without such files.
    static func expand(_ inputs: [String]) throws -> [String] {
        try inputs.flatMap { input in
            guard isFolder(input) else { return [input] }
            let rollouts = URL(filePath: input).appending(path: "rollouts").path
            let folder = isFolder(rollouts) ? rollouts : input
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(".jsonl") || $0.hasSuffix(".jsonl.zst") }
                .sorted { $0.compare($1, options: .numeric) == .orderedAscending }
            guard !names.isEmpty else {
                throw CommandFailure(
                    "\(folder): there are no .jsonl or .jsonl.zst files in it", exitStatus: .missingInput)
            }
            return names.map { URL(filePath: folder).appending(path: $0).relativePath }
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}

/// Reads the groups of files in batches, in memory that does not depend on their number.
struct StoredGroupReader {
    /// Items of one batch, unless a group by itself has more.
    private static let itemsPerBatch = 2048
    /// Items of one group: a file whose lines all have the same expert step, and no groups, would else be read as one.
    private static let maximumGroup = 4096
    /// Unreadable lines that are named; the others are counted.
    private static let maximumNamed = 20

    private var files: ArraySlice<String>
    private var reader: LineReader?
    private var open: StoredGroup?
    private(set) var unreadableLines = 0

    init(files: [String]) { self.files = files[...] }

    /// - Returns: nil at the end.
    /// - Throws: `FileError` for a file that cannot be read on, or a group that is too large.
    mutating func nextBatch() throws -> [StoredGroup]? {
        var batch: [StoredGroup] = []
        var items = 0
        while items < Self.itemsPerBatch {
            guard let group = try nextGroup() else { break }
            items += group.items.count
            batch.append(group)
        }
        return batch.isEmpty ? nil : batch
    }

    private mutating func nextGroup() throws -> StoredGroup? {
        while true {
            guard let reader = try currentReader() else { return open.take() }
            guard let line = try reader.next() else {
                // Groups do not go on in another file.
                self.reader = nil
                if let group = open.take() { return group }
                continue
            }
            if let group = try take(line, of: reader) { return group }
        }
    }

    private mutating func currentReader() throws -> LineReader? {
        if reader == nil, let path = files.popFirst() {
            reader = path == "-" ? .standardInput() : try LineReader(path: path)
        }
        return reader
    }

    /// - Returns: the group before, when the line begins another one.
    private mutating func take(_ line: LineReader.Line, of reader: LineReader) throws -> StoredGroup? {
        if line.text.allSatisfy(\.isWhitespace) { return nil }
        let items: [StoredItem]
        do throws(ProblemDetails) { items = try StoredItem.read(line.text) } catch {
            report(error, FileError(path: reader.name, line: line.number, message: ""))
            return nil
        }
        var finished: StoredGroup?
        for (index, item) in items.enumerated() {
            let place = StoredGroup.Place(file: reader.name, line: line.number, item: index)
            if open?.append(item, at: place) == true {
                guard let count = open?.items.count, count <= Self.maximumGroup else {
                    throw FileError(
                        path: reader.name, line: line.number,
                        message:
                            "more than \(Self.maximumGroup) items follow each other that are one group; give lines that are not a 'group' of their own"
                    )
                }
            } else {
                // Items of one line are one group, so that at most one is finished.
                finished = finished ?? open
                open = StoredGroup(item, at: place)
            }
        }
        return finished
    }

    private mutating func report(_ problem: ProblemDetails, _ place: FileError) {
        unreadableLines += 1
        guard unreadableLines <= Self.maximumNamed else { return }
        let pointer = problem.pointer.map { $0.isEmpty ? "" : "\($0): " } ?? ""
        let message = pointer + (problem.detail ?? problem.title)
        TerminalOutput.standardError.writeError("\(place.path):\(place.line ?? 0): \(message)")
    }
}
