import Foundation
import TestSupport
import Testing
import Trajectory
import Zstandard

@Suite("Importing GSM8K")
struct GSM8KImporterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func row(_ question: String, _ answer: String) throws -> String {
        let encoder = JSONEncoder()
        return String(decoding: try encoder.encode(["question": question, "answer": answer]), as: UTF8.self)
    }

    private func prepare(
        _ lines: [String], _ options: GSM8KImporter.Options = .init()
    ) throws -> (trajectories: [ExpertTrajectory], report: PreparationReport) {
        let path = try folder.write(lines.joined(separator: "\n"), to: "rows.jsonl")
        return try GSM8KImporter.prepare(path: path, options: options)
    }

    @Test("Each line is a step, the last the answer, and the calculator's annotations go")
    func steps() throws {
        let answer = "In May 48/2 = <<48/2=24>>24 clips.\r\n\n  Altogether $<<48+24=72>>72. \n#### $1,072.50\n"
        let (trajectories, report) = try prepare([try row(" How many?\n", answer)])
        let trajectory = try #require(trajectories.first)
        #expect(trajectory.problem == " How many?")
        #expect(trajectory.steps == ["In May 48/2 = 24 clips.", "  Altogether $72."])
        #expect(trajectory.answer == "1072.50")
        #expect(trajectory.metadata == ["source": "rows.jsonl:1"])
        #expect(report.read == 1 && report.kept == 1 && report.dropped.isEmpty && report.stepCounts == [2: 1])
    }

    @Test("Annotations can be kept; those that do not close are text")
    func annotations() throws {
        let answer = "a <<1+1=2>>2<<3>>\nb << c\n>> d < e > <<f>\n#### 2"
        let kept = try prepare([try row("q", answer)], .init(keepsCalculatorAnnotations: true)).trajectories[0]
        #expect(kept.steps == ["a <<1+1=2>>2<<3>>", "b << c", ">> d < e > <<f>"])
        let stripped = try prepare([try row("q", answer)]).trajectories[0]
        #expect(stripped.steps == ["a 2", "b << c", ">> d < e > <<f>"])
    }

    @Test("Rows that cannot be used are dropped, counted and named")
    func dropped() throws {
        let (trajectories, report) = try prepare([
            try row("good", "a\nb\n#### 1"),
            try row("no answer", "a\nb"),
            try row("empty answer", "a\nb\n####  "),
            "",
            try row("answer not last", "a\n#### 1\nb"),
            try row("nothing", ""),
            try row("one step", "a\n#### 1"),
            try row("only the answer", "#### 1"),
            try row("two answers", "a\n#### 1\nb\n#### 2"),
            try row(" \n", "a\nb\n#### 1"),
            try row("good", "other\nsteps\n#### 1"),
            #"{"question": "extra keys", "answer": "a\nb\nc\n#### -3", "level": 1}"#,
        ])
        #expect(trajectories.map(\.problem) == ["good", "extra keys"])
        #expect(trajectories[1].answer == "-3")
        #expect(report.read == 11 && report.kept == 2 && report.droppedCount == 9)
        #expect(
            report.dropped.mapValues(\.exampleLines) == [
                .noAnswer: [2, 3, 5, 6], .tooFewSteps: [7, 8], .severalAnswers: [9], .emptyProblem: [10],
                .repeatedProblem: [11],
            ])
        #expect(report.dropped.values.allSatisfy { $0.count == $0.exampleLines.count })
        let text = report.description
        #expect(text.contains("rows.jsonl: 11 rows read, 2 kept, 9 dropped\n"))
        #expect(
            text.contains(
                """
                  4  last line is not "#### answer"
                       rows.jsonl:2: /answer: ends "a b"
                       rows.jsonl:3: /answer: nothing follows ####
                       rows.jsonl:5: /answer: ends "a #### 1 b"

                """))
        #expect(text.contains("  1  same problem as an earlier row\n       rows.jsonl:11: /question: good\n"))
    }

    @Test(
        "A malformed line stops with its place, or is skipped and counted when asked",
        arguments: [
            ("{\"question\": ", "the line is not valid JSON"), (#"{"question": "q"}"#, "/answer: the key is missing"),
            (#"{"question": 1, "answer": "a"}"#, "/question: expected a string, found a number"),
        ])
    func malformed(line: String, message: String) throws {
        let lines = [try row("q", "a\nb\n#### 1"), line]
        #expect { try prepare(lines) } throws: { "\($0)".contains("rows.jsonl:2: \(message)") }
        let (trajectories, report) = try prepare(lines, .init(skipsMalformed: true))
        #expect(trajectories.count == 1)
        #expect(report.dropped.mapValues(\.exampleLines) == [.malformed: [2]])
    }

    @Test("A limit stops reading, in front of a line that would be an error")
    func limit() throws {
        let lines = [try row("q", "a\nb\n#### 1"), try row("r", "a\n#### 1"), try row("s", "a\nb\n#### 1"), "{"]
        let (trajectories, report) = try prepare(lines, .init(limit: 2))
        #expect(trajectories.map(\.problem) == ["q", "s"])
        #expect(report.read == 3)
    }

    @Test("A file of which nothing can be used is an error with the reasons")
    func nothing() throws {
        #expect { try prepare(["", " "]) } throws: { "\($0)".hasSuffix("rows.jsonl: the file holds no rows") }
        #expect {
            try prepare([try row("q", "a"), try row("r", "a\n#### 1"), try row("s", "b\n#### 1")])
        } throws: {
            "\($0)".hasSuffix(
                "none of the 3 rows can be used: last line is not \"#### answer\" (1), fewer than 2 steps (2)")
        }
    }

    /// The id of "q" ends in its 64-bit FNV-1a, computed elsewhere.
    @Test("Ids follow from the problem, not from the row")
    func ids() throws {
        let one = try prepare([try row("q", "a\nb\n#### 1"), try row("r", "a\nb\n#### 1")]).trajectories
        let two = try prepare([try row("r", "c\nd\n#### 2"), try row("q", "a\nb\n#### 1")]).trajectories
        #expect(one.map(\.id) == two.map(\.id).reversed())
        #expect(one[0].id == "gsm8k-af63ec4c860207bc")
    }

    @Test("The real training set is used whole, where it is there")
    func realData() throws {
        let path = URL(fileURLWithPath: #filePath).appending(path: "../../../../../shared/data/gsm8k/train.jsonl")
            .standardizedFileURL.path
        guard FileManager.default.fileExists(atPath: path) else {
            print("skipped: \(path) is not there")
            return
        }
        let (trajectories, report) = try GSM8KImporter.prepare(path: path)
        #expect(report.read == 7_473)
        #expect(report.kept + report.droppedCount == report.read)
        #expect(report.kept > 7_400)
        #expect(trajectories.allSatisfy { $0.steps.count >= 2 && $0.answer?.contains(",") == false })
        #expect(!trajectories.contains { $0.steps.contains { $0.contains("<<") || $0.contains("####") } })
        try TrajectoryFile.write(trajectories, to: folder.file("gsm8k.jsonl.zst"))
        #expect(try TrajectoryFile.read(folder.file("gsm8k.jsonl.zst")) == trajectories)
    }
}
