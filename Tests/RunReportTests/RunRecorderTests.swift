import Foundation
import RunReport
import Synchronization
import TestSupport
import Testing

@Suite struct RunRecorderTests {
    private final class Warnings: Sendable {
        let texts = Mutex<[String]>([])
    }

    private let warnings = Warnings()

    private func recorder(_ path: String, tensorBoard: Bool = true) -> RunRecorder {
        RunRecorder(
            path: path, options: .init(tensorBoard: tensorBoard),
            warn: { [warnings] text in warnings.texts.withLock { $0.append(text) } })
    }

    private func journal(_ run: WrittenRun) throws -> RunJournal {
        try #require(try RunJournal.read(from: run.path + "/run.json"))
    }

    @Test func itFollowsARunFromItsBeginningToItsEnd() async throws {
        let run = try WrittenRun()
        let recorder = recorder(run.path)
        recorder.describe(training: [["a", "bcd"], ["ef"]], problems: ["1", "234"], heldOut: 4)
        recorder.began(afterStep: 0, parameters: 1234)
        recorder.dropped(phase: 1, (1...9).map { "sum-\($0): too long" })
        let lines = WrittenRun.lines()
        for count in 1...lines.count {
            try run.write(Array(lines[..<count]))
            recorder.finishedStep()
        }
        await recorder.finish()
        #expect(warnings.texts.withLock { $0 } == [])
        let report = String(decoding: try run.folder.read("first/report.html"), as: UTF8.self)
        #expect(report.contains("Finished") && report.contains("sum-5: too long") && !report.contains("sum-6"))
        let journal = try journal(run)
        #expect(journal.parameters == 1234 && journal.sessions.map(\.step) == [0])
        let data = try #require(journal.data)
        #expect(data.training == 2 && data.heldOut == 4 && data.problemLength == 2 && data.stepLength == 2)
        #expect(data.stepCounts.map(\.steps) == [1, 2] && data.stepCounts.map(\.trajectories) == [1, 1])
        let log = TensorBoardLog(folder: run.path + "/tensorboard")
        #expect(log.files().count == 1)
        try log.rewind(to: 6)
        #expect(log.lastStep == 6)
    }

    @Test func aContinuedRunHasBothSessions() async throws {
        let run = try WrittenRun()
        try run.write(WrittenRun.lines())
        let first = recorder(run.path)
        first.began(afterStep: 0, parameters: 1)
        first.dropped(phase: 0, ["sum-1: too few steps"])
        await first.finish()
        // The trainer takes back what it does again.
        try run.write(Array(WrittenRun.lines()[...4]))
        let second = recorder(run.path)
        second.began(afterStep: 4, parameters: 1)
        try run.write(WrittenRun.lines())
        second.finishedStep()
        await second.finish()
        let journal = try journal(run)
        #expect(journal.sessions.map(\.step) == [0, 4] && journal.drops.map(\.count) == [1])
        let steps = try TensorBoardLog(folder: run.path + "/tensorboard").files().map { file in
            EventFileContents([UInt8](try Data(contentsOf: URL(filePath: file)))).records.filter(\.hasScalars).map(
                \.step)
        }
        // The first lines of the second process may all be there when it looks.
        #expect(steps.flatMap(\.self) == Array(0...6))
    }

    @Test func withoutTensorBoardThereAreNoEvents() async throws {
        let run = try WrittenRun()
        try run.write(WrittenRun.lines())
        let recorder = recorder(run.path, tensorBoard: false)
        recorder.began(afterStep: 0, parameters: 1)
        await recorder.finish()
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: run.path).sorted() == [
                "config.yaml", "metrics.jsonl", "report.html", "rollouts", "run.json",
            ])
    }

    @Test func whatCannotBeWrittenIsSaidOnceAndHoldsNothingUp() async throws {
        let run = try WrittenRun()
        try run.write(WrittenRun.lines())
        // Folders where files should be, and a file where a folder should be.
        for name in ["report.html", "run.json"] {
            try FileManager.default.createDirectory(atPath: run.path + "/" + name, withIntermediateDirectories: true)
        }
        try run.folder.write("", to: "first/tensorboard")
        let recorder = recorder(run.path)
        recorder.began(afterStep: 0, parameters: 1)
        for _ in 0..<5 { recorder.finishedStep() }
        recorder.wroteCheckpoint()
        await recorder.finish()
        let said = warnings.texts.withLock { $0 }
        for what in ["report.html", "run.json", "TensorBoard events"] {
            #expect(said.count { $0.hasPrefix("\(what) cannot be kept: ") } == 1, "\(said)")
        }
    }

    @Test func aRunThatNeverBeganLeavesNothing() async throws {
        let folder = try TemporaryFolder()
        let recorder = recorder(folder.file("run"))
        recorder.describe(training: [["a"]], problems: ["b"], heldOut: 0)
        #expect(try await recorder.livePage().html.contains("The run is being prepared"))
        await recorder.finish()
        #expect(try folder.names() == [])
    }

    @Test func theLivePageIsThatOfTheLastStep() async throws {
        let run = try WrittenRun()
        try run.write(WrittenRun.lines(policy: 2))
        let recorder = recorder(run.path)
        recorder.began(afterStep: 0, parameters: 1)
        await recorder.finish()
        let page = try await recorder.livePage()
        #expect(page.html.contains("step 5 of 6") && page.tag == "6")
        let again = try await recorder.livePage()
        #expect(again.html == page.html && again.tag == page.tag)
    }
}
