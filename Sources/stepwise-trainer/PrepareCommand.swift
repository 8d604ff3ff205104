import ArgumentParser
import Foundation
import Trajectory

/// `stepwise-trainer prepare`: turns somebody else's expert data into a trajectory file.
struct PrepareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare",
        abstract: "Turn a data set of worked solutions into expert trajectories.",
        discussion: """
            Every row that is left out is counted and named in the report. The output appears whole or not at all.

            Examples:
              stepwise-trainer prepare --format gsm8k train.jsonl -o gsm8k.jsonl.zst
              stepwise-trainer prepare --format gsm8k train.jsonl -o a.jsonl.zst \\
                --held-out-fraction 0.1 --held-out-output b.jsonl.zst
              zstdcat train.zst | stepwise-trainer prepare --format gsm8k - -o a.jsonl
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case gsm8k
    }

    @Option(help: "How the input is written. gsm8k: {\"question\", \"answer\"} a line, each line of the answer a step.")
    var format: Format

    @Argument(help: "The file to read, plain or zstd-compressed; - is standard input.", completion: .file())
    var input: String

    @Option(name: .shortAndLong, help: "The trajectory file to write; zstd-compressed when it ends in .zst.")
    var output: String

    @Option(help: "The share of trajectories, from 0 to 1, that goes to --held-out-output instead.")
    var heldOutFraction: Double?

    @Option(help: "The trajectory file for those that are held out.")
    var heldOutOutput: String?

    @Option(help: "Chooses which trajectories are held out. The same seed always chooses the same.")
    var seed: UInt64 = 0

    @Option(help: "Stop after this many trajectories.")
    var limit: Int?

    @Flag(help: "Leave out lines that are not rows of the format, and count them, in place of stopping at the first.")
    var skipMalformed = false

    @Flag(help: "Keep gsm8k's calculator annotations, such as <<48/2=24>>.")
    var keepCalculatorAnnotations = false

    func validate() throws {
        if let heldOutFraction, !(heldOutFraction > 0 && heldOutFraction < 1) {
            throw ValidationError("--held-out-fraction must be between 0 and 1, not \(heldOutFraction).")
        }
        if (heldOutFraction == nil) != (heldOutOutput == nil) {
            throw ValidationError("--held-out-fraction and --held-out-output go together; give both or neither.")
        }
        if let limit, limit < 1 {
            throw ValidationError("--limit must be at least 1, not \(limit).")
        }
        let files =
            [("the input", input), ("--output", output)] + (heldOutOutput.map { [("--held-out-output", $0)] } ?? [])
        var names: [String: String] = [:]
        for (name, path) in files {
            let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            if let other = names.updateValue(name, forKey: resolved) {
                throw ValidationError("\(other) and \(name) are the same file, \(path).")
            }
        }
    }

    func run() throws {
        let options = GSM8KImporter.Options(
            keepsCalculatorAnnotations: keepCalculatorAnnotations, skipsMalformed: skipMalformed, limit: limit)
        let (trajectories, report) = try GSM8KImporter.prepare(path: input, options: options)

        let written: String
        if let heldOutFraction, let heldOutOutput {
            let split = TrajectorySplit(heldOutFraction: heldOutFraction, seed: seed)
            let (training, heldOut) = split.apply(to: trajectories)
            for (part, path) in [(training, output), (heldOut, heldOutOutput)] where part.isEmpty {
                throw TrajectoryError(
                    file: path,
                    message: "would be empty: of \(trajectories.count) trajectories, a share of \(heldOutFraction)"
                        + " leaves one side none")
            }
            try write([(training, output), (heldOut, heldOutOutput)])
            written = "\(training.count) trajectories to \(output), \(heldOut.count) held out to \(heldOutOutput)"
        } else {
            try write([(trajectories, output)])
            written = "\(trajectories.count) trajectories to \(output)"
        }
        print(report)
        print("\nWrote \(written)")
    }

    /// Writes every file before the first of them appears.
    private func write(_ parts: [(trajectories: [ExpertTrajectory], path: String)]) throws {
        let writers = try parts.map { part in
            let writer = try TrajectoryWriter(path: part.path)
            for trajectory in part.trajectories { try writer.write(trajectory) }
            return writer
        }
        for writer in writers { try writer.commit() }
    }
}
