import Foundation
import ServiceAPI
import Testing
import Zstandard

/// `stepwise-reward rescore` on files, on a run, and by a server.
@Suite struct RescoreTests {
    /// Two groups with scores; the second line is broken.
    private static let pairs = """
        {"expert": "x = 2", "action": "x = 2", "group": "a", "score": 0.5}
        {"expert": "x = 2", "action": "x = 2"
        {"expert": "x = 2", "action": "y", "group": "a", "score": 0.75}
        {"expert": "12", "completion": "<think>7+5</think>12", "group": "b", "reward": 1}

        {"expert": "12", "completion": "12", "group": "b", "score": {"status": "formatViolation", "reward": -1, "reason": "missingOpeningTag"}}

        """

    private func rescore(_ arguments: [String], in folder: TemporaryFolder) throws -> Executable.Outcome {
        try Executable.reward.run(["rescore"] + arguments, in: folder.url)
    }

    private func json(_ text: String) throws -> [String: JSONValue] {
        try ServiceJSON.decode([String: JSONValue].self, from: Array(text.utf8))
    }

    @Test func comparesWithTheStoredScoresAndNamesBrokenLines() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(Self.pairs, to: "pairs.jsonl")
        let outcome = try rescore(["pairs.jsonl", "--json", "-o", "scores.jsonl.zst"], in: folder)
        #expect(outcome.status == 65)
        #expect(outcome.error.hasPrefix("error: pairs.jsonl:2: line 1, column "), "\(outcome.error)")
        #expect(
            outcome.error.hasSuffix(
                "error: 1 lines could not be read and are left out; the first ones are named above\n"))
        let report = try json(outcome.output)
        #expect(report["items"] == 4 && report["groups"] == 2 && report["reference"] == "stored")
        guard case .object(let comparisons)? = report["comparisons"],
            case .object(let comparison)? = comparisons["srl.similarity"]
        else {
            Issue.record("\(outcome.output)")
            return
        }
        // 0.5 -> 1, 0.75 -> 0, 1 -> 1, -1 -> -1
        #expect(comparison["items"] == 4 && comparison["differing"] == 2 && comparison["largestDifference"] == 0.75)
        #expect(
            comparison["bestChanged"] == 1 && comparison["signChanged"] == 1 && comparison["itemsWithSignChanged"] == 2)
        #expect(comparison["kendall"] == 0)

        let reader = try LineReader(path: folder.url.appending(path: "scores.jsonl.zst").path)
        var rows: [String] = []
        while let line = try reader.next() { rows.append(line.text) }
        #expect(rows.count == 4)
        #expect(
            rows[1]
                == #"{"file":"pairs.jsonl","group":"a","item":0,"line":3,"scores":{"srl.similarity":{"components":{"similarity":0},"reward":0,"status":"scored"},"stored":{"components":{},"reward":0.75,"status":"scored"}}}"#
        )
    }

    @Test func printsATableAndTheLargestDifferences() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            Self.pairs.split(separator: "\n").filter { $0.hasSuffix("}") }.joined(separator: "\n"), to: "p.jsonl")
        let outcome = try rescore(
            ["p.jsonl", "--function", "srl.similarity", "--function", "math.verify", "--top", "1"], in: folder)
        #expect(outcome.status == 0, "\(outcome.error)")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines[0] == "4 items in 2 groups")
        #expect(lines.contains("srl.similarity, compared with stored:"))
        #expect(
            lines.contains("  items that differ     2 of 4 (50%); by 0.3125 on average, 0.75 at most"),
            "\(outcome.output)")
        #expect(lines.contains("  0.75 -> 0  p.jsonl:2"), "\(outcome.output)")
        #expect(lines.contains("math.verify, compared with stored:"))
    }

    @Test func withoutStoredScoresTheFirstFunctionIsTheReference() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            #"{"id": "g", "expert": "a b c", "actions": ["a c", "a b c", ""]}"# + "\n", to: "groups.jsonl")
        let report = try json(
            try rescore(
                [
                    "groups.jsonl", "--json", "--function", "srl.similarity", "--function", "srl.similarity",
                    "--parameters",
                    "{}", "--parameters", #"{"granularity": "word"}"#,
                ], in: folder
            ).output)
        #expect(report["reference"] == "srl.similarity")
        guard case .object(let comparisons)? = report["comparisons"] else {
            Issue.record("no comparisons")
            return
        }
        #expect(comparisons.keys.sorted() == [#"srl.similarity {"granularity":"word"}"#])
    }

    /// What a run has stored is what the same function says again, here and at the server that scored it.
    @Test func aRunsRolloutsScoreTheSameAgain() throws {
        var training = try SmallTraining()
        training.policySteps = 12
        training.rolloutLogInterval = 2
        let service = try RunningService(.reward)
        training.rewardURL = service.url
        try #require(try training.train("run").status == 0)
        for place in [[], ["--url", service.url]] {
            let outcome = try rescore(["run", "--json"] + place, in: training.folder)
            #expect(outcome.status == 0, "\(outcome.error)")
            let report = try json(outcome.output)
            guard case .object(let comparisons)? = report["comparisons"],
                case .object(let comparison)? = comparisons.values.first, case .number(let items)? = report["items"]
            else {
                Issue.record("\(outcome.output)")
                return
            }
            #expect(items >= 6 * 16 * 4 && comparison["items"] == .number(items) && comparison["differing"] == 0)
            #expect(comparison["bestChanged"] == 0 && comparison["signChanged"] == 0)
        }
        #expect(try service.stop() == 0)
        let down = try rescore(["run", "--url", service.url, "--timeout", "0.5"], in: training.folder)
        #expect(down.status == 69 && down.error.contains("connection refused"), "\(down.error)")
    }

    @Test func saysWhatIsWrong() throws {
        let folder = try TemporaryFolder()
        #expect(
            try rescore(["missing.jsonl"], in: folder).error.hasPrefix("error: missing.jsonl: cannot open the file"))
        #expect(try rescore(["."], in: folder).error == "error: .: there are no .jsonl or .jsonl.zst files in it\n")
        _ = try folder.write("\n", to: "empty.jsonl")
        let empty = try rescore(["empty.jsonl"], in: folder)
        #expect(
            empty.status == 65 && empty.error == "error: empty.jsonl: there is nothing in it that could be scored\n")
        _ = try folder.write(String(repeating: "{\"expert\":\"e\",\"action\":\"a\"}\n", count: 5000), to: "same.jsonl")
        let same = try rescore(["same.jsonl"], in: folder)
        #expect(
            same.status == 65 && same.error.hasPrefix("error: same.jsonl:4097: more than 4096 items follow each other"))
        let twice = try rescore(["same.jsonl", "--function", "format", "--function", "format"], in: folder)
        #expect(twice.status == 64 && twice.error == "error: 'format' is there twice\n")
    }
}
