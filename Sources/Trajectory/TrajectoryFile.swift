import Foundation
import Zstandard

/// Trajectory files: an `ExpertTrajectory` a line as JSON, zstd-compressed or not. docs/data.md describes the format.
public enum TrajectoryFile {
    /// Reads a whole data set.
    ///
    /// - Throws: `TrajectoryError` with file, line and field; a file without any trajectory is an error too.
    public static func read(_ path: String) throws -> [ExpertTrajectory] {
        var trajectories: [ExpertTrajectory] = []
        try forEach(in: path) { trajectories.append($0) }
        return trajectories
    }

    /// Reads a data set one trajectory at a time, so that it need not fit in memory. Blank lines are skipped.
    ///
    /// - Throws: `TrajectoryError` as `read` does, and whatever `body` throws.
    public static func forEach(in path: String, _ body: (ExpertTrajectory) throws -> Void) throws {
        let lines = try translatingFileErrors { () throws(FileError) in try LineReader(path: path) }
        var lineOfID: [String: Int] = [:]
        while let line = try translatingFileErrors({ () throws(FileError) in try lines.next() }) {
            if line.text.allSatisfy(\.isWhitespace) { continue }
            let trajectory: ExpertTrajectory
            do throws(TrajectoryError) {
                trajectory = try JSONLine.decode(ExpertTrajectory.self, from: line.text)
            } catch {
                throw error.at(file: path, line: line.number)
            }
            if let first = lineOfID.updateValue(line.number, forKey: trajectory.id) {
                throw TrajectoryError(
                    file: path, line: line.number, field: "/id",
                    message: "the id \"\(trajectory.id)\" is already that of line \(first); ids must be unique")
            }
            try body(trajectory)
        }
        if lineOfID.isEmpty { throw TrajectoryError(file: path, message: "the file holds no trajectories") }
    }

    /// Writes a data set, zstd-compressed when `path` ends in `.zst`. The file appears whole or not at all.
    ///
    /// - Throws: `TrajectoryError`: the file cannot be written, a trajectory is not valid or repeats an id.
    public static func write(_ trajectories: some Sequence<ExpertTrajectory>, to path: String) throws(TrajectoryError) {
        let writer = try TrajectoryWriter(path: path)
        for trajectory in trajectories { try writer.write(trajectory) }
        try writer.commit()
    }
}
