import Foundation
import ServiceAPI
import Testing
import Trajectory

/// Training on sums with a model so small that a step takes milliseconds, as `stepwise-trainer train` does it.
struct SmallTraining {
    let folder: TemporaryFolder
    var rewardURL = "http://127.0.0.1:9"
    var rewardFunction = "srl.similarity"
    /// The members of `reward`, in place of those two.
    var reward: String?
    var supervisedSteps = 20
    var policySteps = 0
    /// A checkpoint to start from, in place of random weights.
    var checkpoint: String?
    var dataFile = "data.jsonl"
    var rolloutLogInterval = 10
    var checkpoints = "interval: 7, keepLast: 3"
    var extraLines = ""

    init() throws {
        folder = try TemporaryFolder()
        let trajectories = ArithmeticTask(operands: 2...3, seed: 5).trajectories(60, prefix: "sum")
        try TrajectoryFile.write(trajectories, to: path(of: "data.jsonl"))
    }

    var steps: Int { supervisedSteps + policySteps }

    func path(of name: String) -> String { folder.url.appending(path: name).path }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(of: name)) }

    /// Writes the configuration file.
    func writeConfiguration(to name: String = "config.yaml") throws {
        let fresh =
            "fresh: {hiddenSize: 32, intermediateSize: 64, layerCount: 2, headCount: 2, keyValueHeadCount: 1, maximumPositions: 64}"
        var text = """
            seed: 3
            data: {train: \(dataFile), heldOutFraction: 0}
            model: {\(checkpoint.map { "checkpoint: \($0)" } ?? fresh)}
            reward: {\(reward ?? "urls: [\"\(rewardURL)\"], function: \(rewardFunction)")}
            checkpoints: {\(checkpoints)}
            rolloutLogInterval: \(rolloutLogInterval)
            \(extraLines)
            phases:

            """
        if supervisedSteps > 0 {
            text += "  - {method: sft, steps: \(supervisedSteps), batchSize: 16, optimizer: {learningRate: 0.01}}\n"
        }
        if policySteps > 0 {
            text += """
                  - method: srl
                    steps: \(policySteps)
                    batchSize: 16
                    optimizer: {learningRate: 0.001}
                    grpo: {groupSize: 4, sampling: {maximumTokens: 12}}

                """
        }
        _ = try folder.write(text, to: name)
    }

    /// Trains to the end.
    func train(_ run: String, timeout: Double = 120) throws -> Executable.Outcome {
        try writeConfiguration()
        return try Executable.trainer.run(
            ["train", "--config", "config.yaml", "--output", run], in: folder.url, timeout: timeout)
    }

    func resume(_ run: String) throws -> Executable.Outcome {
        try Executable.trainer.run(["train", "--resume", run], in: folder.url, timeout: 120)
    }

    /// Starts training; its messages go to the file `<run>.log`.
    func start(_ run: String) throws -> Process {
        try writeConfiguration()
        return try start(["--config", "config.yaml", "--output", run], log: run + ".log")
    }

    /// Starts what continues a run; its messages go to the file `<run>-resumed.log`.
    func startResume(_ run: String) throws -> Process { try start(["--resume", run], log: run + "-resumed.log") }

    /// Starts `train` with any arguments.
    func start(_ arguments: [String], log name: String) throws -> Process {
        let log = URL(filePath: try folder.write("", to: name))
        let process = try Executable.trainer.process(["train"] + arguments, in: folder.url)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: log)
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        return process
    }

    func log(of run: String) throws -> String { try String(contentsOfFile: path(of: run + ".log"), encoding: .utf8) }

    /// The same for the comments of expectations, which may not throw.
    func said(_ run: String) -> String { (try? log(of: run)) ?? "" }

    /// Whole lines of `metrics.jsonl` so far.
    func loggedSteps(_ run: String) -> Int {
        FileManager.default.contents(atPath: path(of: run + "/metrics.jsonl"))?.count { $0 == UInt8(ascii: "\n") } ?? 0
    }

    /// The number of logged steps once it no longer grows: the trainer waits for an answer.
    func stuckStep(_ run: String) -> Int? {
        var last = -1
        var since = Date()
        let stopped = eventually(within: 30) {
            let now = loggedSteps(run)
            if now != last { (last, since) = (now, Date()) }
            return Date().timeIntervalSince(since) > 1
        }
        return stopped ? last : nil
    }

    /// The lines of `metrics.jsonl` without what depends on the clock.
    func metrics(_ run: String, without ignored: Set<String> = []) throws -> [[String: JSONValue]] {
        let text = try String(contentsOfFile: path(of: run + "/metrics.jsonl"), encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let object = try ServiceJSON.decode([String: JSONValue].self, from: Array(line.utf8))
            return object.filter {
                !["seconds", "idle", "tokensPerSecond"].contains($0.key) && !ignored.contains($0.key)
            }
        }
    }

    /// Holds out ten of the trajectories.
    mutating func holdOut() throws {
        dataFile = "data.jsonl, heldOut: held.jsonl"
        let lines = try String(contentsOfFile: path(of: "data.jsonl"), encoding: .utf8).split(separator: "\n")
        _ = try folder.write(lines.dropLast(10).joined(separator: "\n"), to: "data.jsonl")
        _ = try folder.write(lines.suffix(10).joined(separator: "\n"), to: "held.jsonl")
    }

    /// The files of a run's folder, sorted; without those for TensorBoard, of which each start makes one.
    func files(_ run: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path(of: run)).filter { !$0.hasPrefix("tensorboard/") }
            .sorted()
    }

    /// All files of a run's last checkpoint, by name.
    func lastCheckpoint(_ run: String) throws -> [String: Data] {
        let root = "\(run)/checkpoints/step-\(steps)"
        var files: [String: Data] = [:]
        for part in ["", "trainer-state/"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: path(of: "\(root)/\(part)")) {
                files[part + name] = FileManager.default.contents(atPath: path(of: "\(root)/\(part)\(name)"))
            }
        }
        return files
    }

    /// Holds a run to one that nobody disturbed: every step once, the same numbers, the same bytes.
    ///
    /// - Parameter ignored: keys of the metrics that may differ.
    func expectEqual(
        _ run: String, _ undisturbed: String, without ignored: Set<String> = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (lines, expected) = (try metrics(run, without: ignored), try metrics(undisturbed, without: ignored))
        let first = extraLines.contains("evaluation") ? 0 : 1
        #expect(
            lines.map { $0["step"] } == (first...steps).map { .number(Double($0)) }, sourceLocation: sourceLocation)
        #expect(lines == expected, sourceLocation: sourceLocation)
        let (files, expectedFiles) = (try lastCheckpoint(run), try lastCheckpoint(undisturbed))
        #expect(files["model.safetensors"] != nil && files["trainer-state/state.json"] != nil)
        #expect(files.keys.sorted() == expectedFiles.keys.sorted(), sourceLocation: sourceLocation)
        for (name, bytes) in files {
            #expect(bytes == expectedFiles[name], "\(name) differs", sourceLocation: sourceLocation)
        }
    }
}
