import Foundation
import ServiceAPI
import Zstandard

/// Where a run leaves what outlives it: `config.yaml`, `rewards.json`, `metrics.jsonl`, `rollouts/`, `checkpoints/step-N/` and, where best
/// ones are kept, the link `checkpoints/best`.
public struct RunDirectory: Sendable {
    public let path: String

    public var configurationPath: String { path + "/config.yaml" }
    public var metricsPath: String { path + "/metrics.jsonl" }
    var rewardsPath: String { path + "/rewards.json" }
    var rolloutsPath: String { path + "/rollouts" }
    var checkpointsPath: String { path + "/checkpoints" }

    /// A place where a new run may be kept; nothing is made or removed there yet.
    ///
    /// - Throws: ``TrainingError`` when there already is a run, unless it may be overwritten.
    public static func reserve(_ path: String, overwriting: Bool = false) throws(TrainingError) -> RunDirectory {
        let run = RunDirectory(path: path)
        if !overwriting, run.holdsRun {
            throw TrainingError(
                .runDirectory,
                "\(path) already holds a run. Continue it with --resume \(path), choose another --output, or lose it with --overwrite"
            )
        }
        return run
    }

    private var holdsRun: Bool {
        [configurationPath, checkpointsPath].contains(where: FileManager.default.fileExists)
    }

    /// Makes a new run directory.
    ///
    /// - Parameter overwriting: removes all that a run has left there. Other files stay.
    /// - Throws: ``TrainingError`` when there already is a run that may not be overwritten or that is being trained, or the folder cannot
    ///   be made.
    public static func create(
        _ path: String, overwriting: Bool = false, configuration text: String
    ) throws -> RunDirectory {
        let run = try reserve(path, overwriting: overwriting)
        let files = FileManager.default
        // Until the new run is there: nobody is to take up what is being removed.
        var lock: RunLock?
        defer { withExtendedLifetime(lock) {} }
        if run.holdsRun {
            lock = try run.lock()
            // The configuration last: without it the rest would be no run, and could not be overwritten.
            let parts =
                [run.rolloutsPath, run.checkpointsPath, run.metricsPath, run.rewardsPath]
                + ["report.html", "run.json", "tensorboard"].map { path + "/" + $0 } + [run.configurationPath]
            for part in parts where files.fileExists(atPath: part) {
                do {
                    try files.removeItem(atPath: part)
                } catch {
                    throw TrainingError(.runDirectory, "\(part) cannot be removed: \(error.localizedDescription)")
                }
            }
        }
        do {
            for folder in [path, run.rolloutsPath, run.checkpointsPath] {
                try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
        } catch {
            throw TrainingError(.runDirectory, "\(path) cannot be made: \(error.localizedDescription)")
        }
        try DurableFile.write(Array(text.utf8), to: run.configurationPath)
        return run
    }

    /// Keeps another configuration for a later resume.
    ///
    /// - Throws: `FileError` when it cannot be written.
    public func replaceConfiguration(_ text: String) throws {
        try DurableFile.write(Array(text.utf8), to: configurationPath)
    }

    /// Opens a run to continue it.
    ///
    /// - Throws: ``TrainingError`` when the folder holds no run.
    public static func open(_ path: String) throws -> RunDirectory {
        let run = RunDirectory(path: path)
        guard FileManager.default.fileExists(atPath: run.configurationPath) else {
            throw TrainingError(.runDirectory, "\(path) holds no run: there is no \(run.configurationPath)")
        }
        return run
    }

    /// Keeps other processes from training in this run as long as the lock lives.
    ///
    /// - Throws: ``TrainingError`` where another process trains in it.
    public func lock() throws(TrainingError) -> RunLock { try RunLock(path + "/.lock", of: path) }

    // MARK: Checkpoints

    public func checkpoint(at step: Int) -> String { "\(checkpointsPath)/step-\(step)" }

    /// The steps of all whole checkpoints, ascending.
    public func checkpointSteps() -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpointsPath)) ?? []
        return names.compactMap { $0.hasPrefix("step-") ? Int($0.dropFirst(5)) : nil }.sorted()
    }

    /// Removes checkpoints but the last `count` and those to be kept.
    func removeCheckpoints(keepingLast count: Int, and kept: [Int]) throws {
        for step in checkpointSteps().dropLast(count) where !kept.contains(step) {
            try FileManager.default.removeItem(atPath: checkpoint(at: step))
        }
    }

    /// Has the link `checkpoints/best` point to the checkpoint of a step; without one there is no link.
    func linkBestCheckpoint(_ step: Int?) throws {
        let link = checkpointsPath + "/best"
        let temporary = checkpointsPath + "/.best.partial"
        let files = FileManager.default
        guard let step else {
            if (try? files.destinationOfSymbolicLink(atPath: link)) != nil { try files.removeItem(atPath: link) }
            return
        }
        try? files.removeItem(atPath: temporary)
        try files.createSymbolicLink(atPath: temporary, withDestinationPath: "step-\(step)")
        guard Foundation.rename(temporary, link) == 0 else {
            throw TrainingError(
                .runDirectory, "\(link) cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    /// Removes what a process that was killed was about to put in its place. The run must be locked.
    func removeLeftovers() throws {
        for folder in [path, rolloutsPath, checkpointsPath] {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder)
            where name.hasPrefix(".") && name.contains(".partial") {
                try FileManager.default.removeItem(atPath: folder + "/" + name)
            }
        }
    }

    // MARK: Logs

    /// Adds a line to `metrics.jsonl`.
    func append(_ metrics: StepMetrics) throws {
        let line = try ServiceJSON.encode(metrics) + Array("\n".utf8)
        try DurableFile.append(line, to: metricsPath)
    }

    /// Reads `metrics.jsonl`.
    public func metrics() throws -> [StepMetrics] {
        guard FileManager.default.fileExists(atPath: metricsPath) else { return [] }
        let reader = try LineReader(path: metricsPath)
        var result: [StepMetrics] = []
        while let line = try reader.next() {
            do throws(ProblemDetails) {
                result.append(try ServiceJSON.decode(StepMetrics.self, from: Array(line.text.utf8)))
            } catch {
                throw TrainingError(.runDirectory, "\(metricsPath):\(line.number): \(error)")
            }
        }
        return result
    }

    /// Takes back what was logged after `step`, because it will be done again: lines of metrics, a torn last line, rollout files.
    func rewind(to step: Int) throws {
        try removeLeftovers()
        if FileManager.default.fileExists(atPath: metricsPath) {
            let writer = try LineWriter(path: metricsPath)
            let reader = try LineReader(path: metricsPath)
            while let line = try reader.next() {
                // A line that does not decode is the torn end of a write that was cut off.
                guard let metrics = try? ServiceJSON.decode(StepMetrics.self, from: Array(line.text.utf8)),
                    metrics.step <= step
                else { break }
                try writer.write(line.text)
            }
            try writer.commit()
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: rolloutsPath) {
            guard let logged = RolloutLog.step(ofFile: name), logged > step else { continue }
            try FileManager.default.removeItem(atPath: rolloutsPath + "/" + name)
        }
    }
}

/// Small files that must be on the disk when the call returns.
enum DurableFile {
    static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try AtomicFile(path: path)
        try file.write(bytes)
        try file.commit()
    }

    /// One write at the end of the file, which is made when it is not there.
    static func append(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path, "cannot be opened") }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, "cannot be written") }
            written += count
        }
        guard fsync(descriptor) == 0 else { throw failure(path, "cannot be flushed to the disk") }
    }

    private static func failure(_ path: String, _ action: String) -> TrainingError {
        TrainingError(.runDirectory, "\(path) \(action): \(String(cString: strerror(errno)))")
    }
}
