import Foundation
import Testing
import Trajectory

/// `stepwise-trainer export` as a user runs it.
@Suite struct ExportCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TrajectoryFile.write(
            [
                ExpertTrajectory(
                    id: "a", problem: "What is 7 + 5 - 3?", steps: ["7 + 5 = 12", "12 - 3 = 9"], answer: "9"),
                ExpertTrajectory(id: "b", problem: "1?", steps: ["1"]),
            ], to: folder.url.appending(path: "sums.jsonl.zst").path)
    }

    @Test(arguments: ["trl", "verl", "openrlhf"])
    func rowsAndWhatIsSaid(target: String) throws {
        let outcome = try Executable.trainer.run(
            ["export", "sums.jsonl.zst", "--to", target, "-o", "steps.jsonl"], in: folder.url)
        #expect(outcome.error == "" && outcome.status == 0)
        let parquet =
            "verl reads Parquet. Convert it with: python3 -c 'import datasets; datasets.load_dataset(\"json\", "
            + "data_files=\"steps.jsonl\", split=\"train\").to_parquet(\"steps.parquet\")'\n"
        #expect(
            outcome.output
                == "1 trajectories give no row, such as b: fewer than 2 steps\nWrote 3 rows of 1 trajectories to steps.jsonl\n"
                + (target == "verl" ? parquet : ""))
        let lines = try String(contentsOf: folder.url.appending(path: "steps.jsonl"), encoding: .utf8).split(
            separator: "\n")
        #expect(lines.count == 3)
        for line in lines { #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any]) }
    }

    @Test func optionsThatDoNotGoTogetherAreOneMessageAndNoFile() throws {
        let outcome = try Executable.trainer.run(
            ["export", "sums.jsonl.zst", "--to", "verl", "--template", "compact", "-o", "steps.jsonl"], in: folder.url)
        #expect(outcome.status != 0 && outcome.output == "")
        #expect(outcome.error.contains("the template 'compact' has no messages; choose 'chat', or --prompt text"))
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "steps.jsonl").path))
    }

    /// With a python that has them: that of STEPWISE_INTEROP_PYTHON.
    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["STEPWISE_INTEROP_PYTHON"] != nil,
            "STEPWISE_INTEROP_PYTHON is not set"),
        arguments: ["trl", "verl", "openrlhf"])
    func otherPeoplesLoadersReadIt(target: String) throws {
        let python = try #require(ProcessInfo.processInfo.environment["STEPWISE_INTEROP_PYTHON"])
        _ = try Executable.trainer.run(
            ["export", "sums.jsonl.zst", "--to", target, "-o", "steps.jsonl"], in: folder.url)
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [
            Checkout.url.appending(path: "Tests/Interop/export_loads.py").path, target,
            folder.url.appending(path: "steps.jsonl").path,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let found = try #require(try JSONSerialization.jsonObject(with: output) as? [String: Any])
        #expect(found["rows"] as? Int == 3)
        #expect(found["label"] as? String == "7 + 5 = 12")
        #expect((found["columns"] as? [String])?.contains("prompt") == true)
        if target == "trl" { #expect(found["conversational"] as? Bool != false) }
    }
}
