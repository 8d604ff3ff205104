import Evaluation
import Foundation
import TestSupport
import Testing
import Trajectory

struct BenchmarkTests {
    private func read(_ text: String, limit: Int? = nil) throws -> [BenchmarkProblem] {
        let folder = try TemporaryFolder()
        return try Benchmark.read(folder.write(text, to: "benchmark.jsonl"), limit: limit).problems
    }

    @Test func readsEveryRowFormatInOneFile() throws {
        let problems = try read(
            #"""
            {"id": 0, "problem": "p0", "answer": 27.0, "url": "https://example.org", "question": "Cities"}
            {"id": "a", "problem": "p1", "expected_answer": "70"}

            {"unique_id": "u/1", "problem": "p2", "answer": "\\frac{1}{2}"}
            {"id": "t", "problem": "p3", "steps": ["s"], "answer": "4", "metadata": {"k": "v"}}
            {"question": "p4", "answer": "2 + 3 = <<2+3=5>>5\n#### 1,005"}
            {"problem": "p5", "answer": 0.25}
            """#)
        #expect(
            problems == [
                BenchmarkProblem(id: "0", problem: "p0", answer: "27"),
                BenchmarkProblem(id: "a", problem: "p1", answer: "70"),
                BenchmarkProblem(id: "u/1", problem: "p2", answer: "\\frac{1}{2}"),
                BenchmarkProblem(id: "t", problem: "p3", answer: "4"),
                BenchmarkProblem(id: "line-6", problem: "p4", answer: "1005"),
                BenchmarkProblem(id: "line-7", problem: "p5", answer: "0.25"),
            ])
    }

    @Test func limitReadsNoFurther() throws {
        #expect(try read("{\"problem\": \"p\", \"answer\": \"1\"}\nnot JSON", limit: 1).count == 1)
    }

    @Test(arguments: [
        ("{", "benchmark.jsonl:2: the line is not valid JSON"),
        ("[]", "benchmark.jsonl:2: the line is not a JSON object"),
        (#"{"answer": "1"}"#, "benchmark.jsonl:2: /problem: the key is missing"),
        (#"{"problem": 3, "answer": "1"}"#, "benchmark.jsonl:2: /problem: is not a string"),
        (#"{"problem": " ", "answer": "1"}"#, "benchmark.jsonl:2: /problem: is empty"),
        (#"{"problem": "p"}"#, "benchmark.jsonl:2: /answer: the key is missing"),
        (#"{"problem": "p", "answer": null}"#, "benchmark.jsonl:2: /answer: the key is missing"),
        (#"{"problem": "p", "answer": ["1"]}"#, "benchmark.jsonl:2: /answer: is neither a string nor a number"),
        (#"{"problem": "p", "answer": 1e300}"#, "benchmark.jsonl:2: /answer: is too large a number to be exact"),
        (#"{"question": "p", "answer": "no marker"}"#, "benchmark.jsonl:2: /answer: has no line \"#### answer\""),
        (
            #"{"id": "x", "problem": "p", "answer": "1"}"#,
            "benchmark.jsonl:2: /id: the id \"x\" is already that of line 1"
        ),
    ])
    func namesFileLineAndField(_ row: String, _ message: String) throws {
        let error = #expect(throws: TrajectoryError.self) {
            try read("{\"id\": \"x\", \"problem\": \"p\", \"answer\": \"1\"}\n\(row)\n")
        }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test func refusesAFileWithoutProblemsAndNamesAMissingOne() throws {
        let empty = #expect(throws: TrajectoryError.self) { try read("\n\n") }
        #expect(empty?.message == "the file holds no problems")
        let missing = #expect(throws: TrajectoryError.self) { try Benchmark.read("/nowhere/b.jsonl") }
        #expect(missing?.file == "/nowhere/b.jsonl")
    }

    /// The benchmarks that people use, where they lie beside the repository.
    @Test(arguments: [("amc23", 40), ("aime24", 30), ("aime25", 30), ("math500", 500)])
    func readsPublicBenchmarks(_ name: String, _ count: Int) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let path = root.appendingPathComponent("shared/data/benchmarks/\(name).jsonl").path
        guard FileManager.default.fileExists(atPath: path) else {
            print("skipped: \(name).jsonl is not beside the repository")
            return
        }
        #expect(try Benchmark.read(path).problems.count == count)
    }
}
