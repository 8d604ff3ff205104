import Foundation
import Testing
import Trajectory

@Suite("Importing problems with solutions")
struct SolutionImporterTests {
    private let running: PreparationRunning

    init() throws { running = try PreparationRunning() }

    @Test("NuminaMath's array of objects, with its id and what else is asked for as metadata")
    func numina() throws {
        let outcome = try running.prepare(
            """
            [
              {"id": "n1", "problem": "1 + 1?", "type": "amc",
               "solution": "1. **Add**:\\n   \\\\[1 + 1 = 2\\\\]\\n2. **State**: it is $\\\\boxed{2}$."},
              {"id": "n2", "problem": "A proof?", "type": "amc", "solution": "We see it at once. $\\\\blacksquare$"}
            ]
            """, name: "numina.json", reading: { $0.fields = try RowFields(assignments: [], metadata: ["type"]) })
        let trajectory = try #require(outcome.trajectories.first)
        #expect(trajectory.steps == ["**Add**:\n\\[1 + 1 = 2\\]", "**State**: it is $\\boxed{2}$."])
        #expect(trajectory.answer == "2")
        #expect(trajectory.metadata == ["sourceId": "n1", "type": "amc", "source": "numina.json:2"])
        #expect(trajectory.id.hasPrefix("solution-"))
        #expect(
            outcome.reasons == [
                "--format solutions: the first 2 rows have a problem and a solution",
                "--split numbered: 1 of the first 2 rows have solutions with numbered steps",
            ])
        let drop = try #require(outcome.report.dropped[.noNumberedSteps])
        #expect(drop.examples[0].line == 4 && drop.examples[0].row == 2)
        #expect(
            outcome.report.description.contains(
                "\n  1  no numbered steps\n       numina.json:4: /solution: starts \"We see it at once. $\\blacksquare$\"\n"
            ))
    }

    @Test("Fields are named by paths; a missing one names the row and the path")
    func fields() throws {
        let row = #"{"meta": {"q": "why?", "final": 7}, "gen": [{"text": "1. a\n2. b"}]}"#
        let read: (inout ReadingOptions) throws -> Void = {
            $0.fields = try RowFields(assignments: ["problem=meta.q", "steps=gen.0.text", "answer=meta.final"])
        }
        let outcome = try running.prepare(row, reading: read)
        #expect(outcome.trajectories[0].steps == ["a", "b"])
        #expect(outcome.trajectories[0].answer == "7")
        #expect(outcome.reasons[0].hasSuffix("the first row has the fields that --field names"))
        #expect { try running.prepare(row + "\n{\"meta\": {}}", .solutions, reading: read) } throws: {
            "\($0)".hasSuffix("rows.jsonl:2: /meta/q: the key is missing")
        }
        #expect {
            try running.prepare(#"{"text": "t"}"#, .solutions)
        } throws: {
            "\($0)".hasSuffix(
                "rows.jsonl:1: there is no problem: none of the keys problem, question, prompt, instruction, query, input."
                    + " The row has text; name the key with --field problem=KEY")
        }
    }

    @Test(
        "An assignment that is none is refused",
        arguments: [
            (["problem"], "'problem' names no field"), (["what=a"], "'what=a' names no field"),
            (["id=a", "id=b"], "the field 'id' is named twice"), (["steps=a..b"], "'steps=a..b' names no field"),
        ])
    func assignments(texts: [String], message: String) {
        #expect { try RowFields(assignments: texts) } throws: { "\($0)".hasPrefix(message) }
    }

    @Test("Lists of steps are taken as they are, texts or objects with one")
    func lists() throws {
        let outcome = try running.prepare(
            #"{"question": "q", "steps": ["1. a\n2. b", {"text": "c "}, {"content": "The answer is \\boxed{3}."}], "answer": "3 "}"#
        )
        #expect(outcome.trajectories[0].steps == ["1. a\n2. b", "c"])
        #expect(outcome.trajectories[0].answer == "3")
        #expect(outcome.reasons == ["--format solutions: the first row has a problem and a solution"])
        #expect { try running.prepare(#"{"question": "q", "steps": ["a", 2]}"#) } throws: {
            "\($0)".contains("rows.jsonl:1: /steps/1: expected a string, or an object with one under text, content")
        }
    }

    @Test("Paragraphs keep code, displayed mathematics and lists with what introduces them")
    func paragraphs() throws {
        let solution = "Let x be\nit.\n\n$$x = 1$$\n\nThen:\n\n```\na\n\nb\n```\n\n- one\n\nDone."
        let outcome = try running.prepare(
            PreparationRunning.row(["problem": "q", "solution": solution]), reading: { $0.splitting = .paragraphs })
        #expect(
            outcome.trajectories[0].steps
                == ["Let x be\nit.\n\n$$x = 1$$", "Then:", "```\na\n\nb\n```\n\n- one", "Done."])
    }

    @Test("Lines keep code together")
    func lines() throws {
        let outcome = try running.prepare(
            PreparationRunning.row(["problem": "q", "solution": "a\n\n```\nb\n\nc\n```\nd"]),
            reading: { $0.splitting = .lines })
        #expect(outcome.trajectories[0].steps == ["a", "```\nb\n\nc\n```", "d"])
    }

    @Test("How texts are divided is found out from the first rows")
    func splittingGuess() throws {
        func reasons(_ solutions: [String]) throws -> [String] {
            try running.prepare(
                solutions.enumerated().map { PreparationRunning.row(["problem": "p\($0)", "solution": $1]) }
                    .joined(separator: "\n")
            ).reasons
        }
        #expect(try reasons(["1. a\n2. b", "x\n\ny"])[1].hasPrefix("--split numbered: 1 of the first 2 rows"))
        #expect(
            try reasons(["a\n\nb", "c\n\nd", "1. a\n2. b"])[1]
                == "--split paragraphs: 2 of the first 3 rows have solutions with paragraphs, and too few have numbered steps"
        )
        #expect(
            try reasons(["a\nb", "c\nd"])[1].hasPrefix("--split lines: the first 2 rows have solutions with lines"))
    }

    @Test("The real NuminaMath files divide into steps, where they are there")
    func realData() throws {
        let folder = URL(fileURLWithPath: #filePath).appending(path: "../../../../../shared/data/numina")
            .standardizedFileURL.path
        guard FileManager.default.fileExists(atPath: folder) else {
            print("skipped: \(folder) is not there")
            return
        }
        var preparation = Preparation(format: nil, options: PreparationOptions())
        var count = 0
        for part in 1...4 {
            try preparation.read("\(folder)/numina_amc_aime_part\(part).json") { (trajectory) throws(TrajectoryError) in
                count += 1
                try trajectory.validate()
            }
        }
        let report = try preparation.finish()
        #expect(report.read == 4_069 && report.kept == count)
        #expect(report.kept > 3_500)
        #expect(report.answered > 3_400)
    }
}
