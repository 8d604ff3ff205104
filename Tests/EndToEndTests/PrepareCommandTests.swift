import Foundation
import Testing
import Trajectory

/// `stepwise-trainer prepare` and `inspect` as a user runs them.
@Suite struct PrepareCommandTests {
    private static let rows = """
        {"question": "Two and three?", "answer": "Two is 2. <<2=2>>\\nAnd three is 2 + 3 = <<2+3=5>>5.\\n#### 5"}
        {"question": "One?", "answer": "It is one.\\n#### 1"}
        {"question": "A dozen dozen?", "answer": "A dozen is 12.\\n12 x 12 = 144.\\n#### 144"}

        """

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    }

    private func run(_ arguments: String...) throws -> Executable.Outcome {
        try Executable.trainer.run(arguments, in: folder.url)
    }

    @Test func itReportsAndWritesWhatInspectReads() throws {
        _ = try folder.write(Self.rows, to: "rows.jsonl")
        let prepared = try run("prepare", "--format", "gsm8k", "rows.jsonl", "--output", "out.jsonl.zst")
        #expect(prepared.status == 0)
        #expect(prepared.error == "")
        #expect(
            prepared.output == """
                rows.jsonl: 3 rows read, 2 kept, 1 dropped
                  1  fewer than 2 steps
                       rows.jsonl:2: /answer: 1 step

                Steps per trajectory: 4 in all, mean 2.00, median 2, 2 to 2
                  2 │████████████████████████████████████████ 2  100.0%

                Wrote 2 trajectories to out.jsonl.zst

                """)
        #expect(try names() == ["out.jsonl.zst", "rows.jsonl"])

        let inspected = try run("inspect", "out.jsonl.zst", "--number", "2")
        #expect(inspected.status == 0)
        #expect(inspected.output.hasPrefix("out.jsonl.zst: 2 trajectories, 6 step instances"))
        #expect(inspected.output.hasSuffix("  completion │ <think>..</think>#### 144<|im_end|>\n"))
    }

    @Test func itReadsStandardInputAndSplits() throws {
        let rows = (0..<200).map { #"{"question": "q\#($0)", "answer": "a\nb\n#### 1"}"# }.joined(separator: "\n")
        let outcome = try Executable.trainer.run(
            [
                "prepare", "--format", "gsm8k", "-", "-o", "a.jsonl", "--held-out-fraction", "0.2", "--held-out-output",
                "b.jsonl",
            ], input: Data(rows.utf8), in: folder.url)
        #expect(outcome.status == 0)
        let training = try TrajectoryFile.read(folder.url.appending(path: "a.jsonl").path)
        let heldOut = try TrajectoryFile.read(folder.url.appending(path: "b.jsonl").path)
        #expect(training.count + heldOut.count == 200)
        #expect((15...70).contains(heldOut.count))
        #expect(Set(training.map(\.problem)).isDisjoint(with: heldOut.map(\.problem)))
        #expect(
            outcome.output.hasSuffix(
                "\(training.count) trajectories to a.jsonl, \(heldOut.count) held out to b.jsonl\n"))
    }

    @Test(
        arguments: [
            (["rows.jsonl", "-o", "out.jsonl"], "rows.jsonl:4: the line is not valid JSON: it ends too early", 65),
            (
                ["missing.jsonl", "-o", "out.jsonl"], "missing.jsonl: cannot open the file: No such file or directory",
                1
            ),
            // The cheaper error comes first: nobody waits for a file to be read that cannot be written.
            (
                ["rows.jsonl", "-o", "no/out.jsonl"], "no/out.jsonl: cannot write the file: No such file or directory",
                1
            ),
            (
                ["good.jsonl", "-o", "no/out.jsonl"], "no/out.jsonl: cannot write the file: No such file or directory",
                1
            ),
            (["good.jsonl", "-o", "good.jsonl"], "the input and --output are the same file", 64),
            (["empty.jsonl", "-o", "out.jsonl"], "empty.jsonl: the file holds no rows", 1),
            (["good.jsonl", "-o", "out.jsonl", "--held-out-fraction", "0.5"], "go together; give both or neither", 64),
            (
                ["rows.jsonl.zst", "-o", "out.jsonl"],
                "the file is named .zst, but it does not start as zstd data does", 1
            ),
        ] as [([String], String, Int32)])
    func badInputIsOneMessageAndNoFile(arguments: [String], message: String, status: Int32) throws {
        _ = try folder.write(Self.rows + "{\"question\": ", to: "rows.jsonl")
        _ = try folder.write(Self.rows, to: "good.jsonl")
        _ = try folder.write(Self.rows, to: "rows.jsonl.zst")
        _ = try folder.write("\n", to: "empty.jsonl")
        let before = try names()
        let outcome = try Executable.trainer.run(["prepare", "--format", "gsm8k"] + arguments, in: folder.url)
        #expect(outcome.status == status)
        #expect(outcome.output == "")
        #expect(outcome.error.lowercased().hasPrefix("error: ") && outcome.error.contains(message), "\(outcome.error)")
        #expect(try names() == before)
        #expect(try String(contentsOf: folder.url.appending(path: "good.jsonl"), encoding: .utf8) == Self.rows)
    }

    @Test func malformedLinesAreSkippedWhenAsked() throws {
        _ = try folder.write(Self.rows + "{\"question\": ", to: "rows.jsonl")
        let outcome = try run("prepare", "--format", "gsm8k", "rows.jsonl", "-o", "out.jsonl", "--skip-malformed")
        #expect(outcome.status == 0)
        #expect(
            outcome.output.contains(
                "  1  malformed line\n       rows.jsonl:4: the line is not valid JSON: it ends too early\n"))
    }

    @Test func severalFilesOfAGuessedFormat() throws {
        _ = try folder.write(Self.rows, to: "one.jsonl")
        _ = try folder.write(Self.rows.replacing("Two", with: "Ten"), to: "two.jsonl")
        let outcome = try run("prepare", "one.jsonl", "two.jsonl", "-o", "out.jsonl")
        #expect(outcome.error == "")
        #expect(
            outcome.output.hasPrefix(
                """
                Decided by the first rows: --format gsm8k: the first 3 rows have a question and an answer whose last line is '#### ..'
                2 files: 6 rows read, 3 kept, 3 dropped
                  2  fewer than 2 steps
                       one.jsonl:2: /answer: 1 step
                       two.jsonl:2: /answer: 1 step
                  1  same problem as an earlier row
                       two.jsonl:3: /question: A dozen dozen?

                """))
        let unknown = try run("prepare", "--format", "auto", "out.jsonl", "-o", "again.jsonl")
        #expect(unknown.output.hasPrefix("Decided by the first rows: --format trajectories:"))
        #expect(
            try String(contentsOf: folder.url.appending(path: "again.jsonl"), encoding: .utf8)
                == String(contentsOf: folder.url.appending(path: "out.jsonl"), encoding: .utf8))
    }

    @Test func whatCannotBeGuessedSaysWhatIsThere() throws {
        _ = try folder.write("{\"text\": \"t\", \"n\": 1}\n", to: "rows.jsonl")
        let outcome = try run("prepare", "rows.jsonl", "-o", "out.jsonl")
        #expect(outcome.status != 0)
        #expect(
            outcome.error.contains(
                "rows.jsonl: the format cannot be guessed: the first row has the keys text, n. Choose one with --format"
            ))
    }

    @Test func inspectShowsTreesInColoursWhenAsked() throws {
        _ = try folder.write(Self.rows, to: "rows.jsonl")
        _ = try run("prepare", "rows.jsonl", "-o", "out.jsonl")
        let plain = try run("inspect", "out.jsonl", "--show", "tree")
        #expect(!plain.output.contains("\u{1B}["))
        #expect(plain.output.contains("├─▶"))
        #expect(plain.output.contains("Tokens, by bytes:"))
        let coloured = try run("inspect", "out.jsonl", "--show", "tree", "--color", "always")
        #expect(coloured.output.replacing(/\u{1B}\[[0-9]+m/, with: "") == plain.output)
        #expect(coloured.output.contains("\u{1B}[32m"))
        let steps = try run("inspect", "out.jsonl", "--sample", "1", "--show", "steps")
        #expect(steps.output.contains("── step 2\n"))
        #expect(try run("inspect", "out.jsonl", "--sample", "1", "--show", "steps").output == steps.output)
        #expect(
            try run("inspect", "out.jsonl", "--number", "9").error.contains(
                "there is no trajectory number 9; there are 2"))
        #expect(try run("inspect", "out.jsonl", "--number", "1", "--id", "a").status == 64)
    }
}
