import TestSupport
import Testing
import Trajectory

@Suite("Preparing expert data")
struct PreparationTests {
    private let running: PreparationRunning

    init() throws { running = try PreparationRunning() }

    private func row(_ problem: String, _ solution: String = "1. a\n2. b") -> String {
        PreparationRunning.row(["problem": problem, "solution": solution])
    }

    @Test(
        "Rows that were there already are dropped by problem, by problem and steps, or kept",
        arguments: [
            (PreparationOptions.Duplicates?.none, 1, DropReason.repeatedProblem), (.problem, 1, .repeatedProblem),
            (.trajectory, 2, .repeatedTrajectory), (.keep, 4, nil),
        ] as [(PreparationOptions.Duplicates?, Int, DropReason?)])
    func duplicates(choice: PreparationOptions.Duplicates?, kept: Int, reason: DropReason?) throws {
        let rows = [row("p"), row(" p\n"), row("p", "1. a\n2. c"), row("p")].joined(separator: "\n")
        let outcome = try running.prepare(rows, options: { $0.duplicates = choice })
        #expect(outcome.trajectories.count == kept)
        #expect(Set(outcome.trajectories.map(\.id)).count == kept)
        #expect(reason.flatMap { outcome.report.dropped[$0]?.count } == reason.map { _ in 4 - kept })
    }

    @Test("The memory for duplicates is bounded: what does not fit is kept, counted and has an id of its own")
    func bounded() throws {
        let rows = (0..<2_000).map { row("p\($0 % 1_500)") }.joined(separator: "\n")
        let whole = try running.prepare(rows)
        #expect(whole.report.kept == 1_500 && whole.report.notes.isEmpty)
        let small = try running.prepare(rows, options: { $0.duplicateMemory = 1_024 * 8 })
        // Three quarters of 1,024 slots are used.
        #expect(small.report.notes[.duplicatesNotLookedFor] == 2_000 - 768 - 500)
        #expect(Set(small.trajectories.map(\.id)).count == small.trajectories.count)
        #expect(
            small.report.description.contains("rows not compared with each other: the memory for duplicates was full"))
    }

    @Test("Lengths, numbers of steps and answers can be asked for")
    func filters() throws {
        let rows = [
            row("p1", "1. a\n2. b\n3. c \\boxed{1} x"), row("p2", "1. a\n2. b"),
            row("long problem", "1. a\n2. b\n3. \\boxed{1} c"),
            row("p4", "1. a\n2. bbbbbbbbbbbbbbbbbbbbbbbb\n3. c \\boxed{2} y"),
            row("p5", "1. a\n2. b\n3. c\n4. d\n5. e \\boxed{1}"),
            row("p6", "1. a\n2. b\n3. c"),
        ]
        let outcome = try running.prepare(
            rows.joined(separator: "\n"),
            options: {
                $0.minimumSteps = 3
                $0.maximumSteps = 4
                $0.maximumProblemLength = 8
                $0.maximumStepLength = 16
                $0.requiresAnswer = true
            })
        #expect(outcome.trajectories.map(\.problem) == ["p1"])
        #expect(
            outcome.report.dropped.mapValues(\.exampleLines) == [
                .fewerStepsThanAsked: [2], .problemTooLong: [3], .stepTooLong: [4], .tooManySteps: [5],
                .noStatedAnswer: [6],
            ])
        #expect(outcome.report.dropped[.stepTooLong]?.examples[0].detail == "step 2 has 24 characters")
    }

    @Test("Lengths are counted in Unicode scalars")
    func scalars() throws {
        let outcome = try running.prepare(row("ééé") + "\n" + row("éééé"), options: { $0.maximumProblemLength = 3 })
        #expect(outcome.trajectories.map(\.problem) == ["ééé"])
    }

    @Test("Malformed rows stop with their place, or are skipped and counted, in arrays too")
    func malformed() throws {
        let array = "[\n\(row("p")),\n{\"problem\": 1, \"solution\": \"1. a\\n2. b\"}\n]"
        #expect { try running.prepare(array, .solutions) } throws: {
            "\($0)".hasSuffix("rows.jsonl:3: /problem: expected a string, found a number")
        }
        let skipped = try running.prepare(array, .solutions, options: { $0.skipsMalformed = true })
        #expect(skipped.trajectories.count == 1)
        #expect(skipped.report.dropped[.malformed]?.examples[0].field == "/problem")
    }

    @Test("The same problem in another file is the same problem; rows of one line are told by their number")
    func files() throws {
        var preparation = Preparation(format: nil, options: PreparationOptions())
        var found: [ExpertTrajectory] = []
        for (name, text) in [("a.json", "[\(row("p")), \(row("q"))]"), ("b.json", "[\(row("r")), \(row("p"))]")] {
            try preparation.read(running.folder.write(text, to: name)) { (trajectory) throws(TrajectoryError) in
                found.append(trajectory)
            }
        }
        let report = try preparation.finish()
        #expect(found.map(\.problem) == ["p", "q", "r"])
        #expect(found.map { $0.metadata?["source"] } == ["a.json:1", "a.json:2", "b.json:1"])
        #expect(report.sources.map { $0.split(separator: "/").last } == ["a.json", "b.json"])
        #expect("\(report)".contains("b.json, row 2: /problem: p"))
    }

    @Test("The same rows give the same trajectories, and a limit reads no further than it has to")
    func deterministic() throws {
        let rows = (0..<100).map { row("p\($0)") }.joined(separator: "\n")
        #expect(try running.prepare(rows).trajectories == running.prepare(rows).trajectories)
        let limited = try running.prepare(rows + "\n{", options: { $0.limit = 100 })
        #expect(limited.report.read == 100)
    }

    @Test("Trajectories that are read again keep their ids and all else; an id that is there twice is an error")
    func again() throws {
        let first = try running.prepare(row("p", "1. a\n2. b\n\n\\boxed{1}"))
        let writer = try TrajectoryWriter(path: running.folder.file("one.jsonl"))
        try writer.write(first.trajectories[0])
        try writer.commit()
        let line = String(decoding: try running.folder.read("one.jsonl"), as: UTF8.self)
        let second = try running.prepare(line)
        #expect(second.trajectories == first.trajectories)
        #expect { try running.prepare(line + line.replacing("\"p\"", with: "\"q\"")) } throws: {
            "\($0)".contains(
                "rows.jsonl:2: /id: the id \"\(first.trajectories[0].id)\" is already that of an earlier row")
        }
    }
}
