import Zstandard

/// Writes a trajectory file one trajectory at a time.
///
/// Nothing is seen at the path until `commit()`; a writer that is let go without it leaves nothing behind.
/// The same trajectories always make the same bytes.
public final class TrajectoryWriter {
    private let writer: LineWriter
    private var ids: Set<String>?

    /// Trajectories written so far.
    public private(set) var count = 0

    /// - Parameters:
    ///   - path: where the file appears; zstd-compressed when it ends in `.zst`.
    ///   - remembersIdentifiers: whether ids are kept in memory to refuse one that is there twice. A caller whose ids are unique by
    ///     their making writes a file of any size in constant memory without.
    public init(path: String, remembersIdentifiers: Bool = true) throws(TrajectoryError) {
        writer = try translatingFileErrors { () throws(FileError) in try LineWriter(path: path) }
        ids = remembersIdentifiers ? [] : nil
    }

    /// - Throws: `TrajectoryError`: the trajectory is not valid or repeats an id, or the disk is full.
    public func write(_ trajectory: ExpertTrajectory) throws(TrajectoryError) {
        let number = count + 1
        do throws(TrajectoryError) {
            try trajectory.validate()
        } catch {
            throw error.at(file: writer.path, line: number)
        }
        if ids?.insert(trajectory.id).inserted == false {
            throw TrajectoryError(
                file: writer.path, line: number, field: "/id", message: "the id \"\(trajectory.id)\" is there twice")
        }
        let line = trajectory.jsonText
        try translatingFileErrors { () throws(FileError) in try writer.write(line) }
        count = number
    }

    /// Flushes everything to the disk and gives the file its name.
    ///
    /// - Throws: `TrajectoryError`, also when nothing was written: an empty data set is of no use to anyone.
    public func commit() throws(TrajectoryError) {
        guard count > 0 else {
            throw TrajectoryError(file: writer.path, message: "there are no trajectories to write")
        }
        try translatingFileErrors { () throws(FileError) in try writer.commit() }
    }
}
