import ArgumentParser
import Foundation
import Trajectory

/// `stepwise-trainer prepare`: turns somebody else's expert data into a trajectory file.
struct PrepareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare",
        abstract: "Turn a data set of worked solutions into expert trajectories.",
        discussion: """
            Reads JSON lines, a JSON array or JSON objects one after another, a row at a time. Every row that is left out is counted, and \
            the first of a kind are named with file, line and field. The output appears whole or not at all.

            Examples:
              stepwise-trainer prepare train.jsonl -o gsm8k.jsonl.zst
              stepwise-trainer prepare --format gsm8k train.jsonl -o a.jsonl.zst \\
                --held-out-fraction 0.1 --held-out-output b.jsonl.zst
              stepwise-trainer prepare rows.jsonl --field problem=data.question --field steps=data.solution -o a.jsonl
              stepwise-trainer prepare --format swe-agent trajectories/*.traj --where info.exit_status=submitted -o swe.jsonl.zst
              zstdcat train.zst | stepwise-trainer prepare --format gsm8k - -o a.jsonl
            """)

    @Option(
        help: """
            How the input is written: auto decides by the first rows and says why; \
            \(PreparationFormat.allCases.map(\.rawValue).joined(separator: ", ")). docs/data.md has them all.
            """)
    var format = "auto"

    @Argument(help: "The files to read, plain or zstd-compressed; - is standard input.", completion: .file())
    var inputs: [String]

    @Option(name: .shortAndLong, help: "The trajectory file to write; zstd-compressed when it ends in .zst.")
    var output: String

    @OptionGroup(title: "Reading rows") var reading: PrepareReadingArguments
    @OptionGroup(title: "Choosing rows") var choosing: PrepareChoosingArguments

    @Option(help: "The share of trajectories, from 0 to 1, that goes to --held-out-output instead.")
    var heldOutFraction: Double?

    @Option(help: "The trajectory file for those that are held out.")
    var heldOutOutput: String?

    @Option(help: "Chooses which problems are held out. The same seed always chooses the same.")
    var seed: UInt64 = 0

    func validate() throws {
        guard format == "auto" || PreparationFormat(rawValue: format) != nil else {
            let names = PreparationFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("There is no format '\(format)'; choose auto, \(names).")
        }
        if let heldOutFraction, !(heldOutFraction > 0 && heldOutFraction < 1) {
            throw ValidationError("--held-out-fraction must be between 0 and 1, not \(heldOutFraction).")
        }
        if (heldOutFraction == nil) != (heldOutOutput == nil) {
            throw ValidationError("--held-out-fraction and --held-out-output go together; give both or neither.")
        }
        try DistinctFiles.require(
            inputs.map { ("the input", $0) } + [("--output", output)]
                + (heldOutOutput.map { [("--held-out-output", $0)] } ?? []))
    }

    func run() throws {
        var preparation = Preparation(
            format: PreparationFormat(rawValue: format), reading: try reading.options(), options: try choosing.options()
        )
        let writer = try TrajectoryWriter(path: output, remembersIdentifiers: false)
        let heldOut = try heldOutOutput.map { path in try TrajectoryWriter(path: path, remembersIdentifiers: false) }
        let split = TrajectorySplit(heldOutFraction: heldOutFraction ?? 0, seed: seed)
        for input in inputs {
            try preparation.read(input) { (trajectory) throws(TrajectoryError) in
                if let heldOut, split.holdsOut(problem: trajectory.problem) {
                    try heldOut.write(trajectory)
                } else {
                    try writer.write(trajectory)
                }
            }
        }
        let report = try preparation.finish()
        if let heldOut {
            for (side, path) in [(writer, output), (heldOut, heldOutOutput ?? "")] where side.count == 0 {
                throw TrajectoryError(
                    file: path,
                    message: "would be empty: of \(report.kept) trajectories, a share of \(split.heldOutFraction)"
                        + " leaves one side none")
            }
        }
        // Every file is written before the first of them appears.
        try writer.commit()
        try heldOut?.commit()
        if let guess = preparation.guess {
            print("Decided by the first rows: \(guess.reasons.joined(separator: "; "))")
        }
        print(report)
        let rest = heldOut.map { ", \($0.count) held out to \(heldOutOutput ?? "")" } ?? ""
        print("\nWrote \(writer.count) trajectories to \(output)\(rest)")
    }
}
