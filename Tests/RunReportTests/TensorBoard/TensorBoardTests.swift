import Foundation
import RunReport
import TestSupport
import Testing

@Suite struct TensorBoardTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("tensorboard") }

    init() throws { folder = try TemporaryFolder() }

    /// `Tests/Fixtures/make_tensorboard.py` made the file with TensorBoard's own code.
    @Test func theBytesAreThoseOfTensorBoardItself() throws {
        let fixture = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/tensorboard/events")
        let time = 1_764_093_600.25
        var bytes = TensorBoardEvent.fileVersion(wallTime: time) + TensorBoardEvent.start(step: 7, wallTime: time)
        bytes += TensorBoardEvent.scalars([("heldOut/reward", -1)], step: 0, wallTime: time)
        bytes += TensorBoardEvent.scalars([("loss", 0.5), ("seconds/rollout", 3e-5)], step: 7, wallTime: time)
        bytes += TensorBoardEvent.scalars([("größe", 123456.789)], step: 300, wallTime: time)
        #expect(try bytes == [UInt8](Data(contentsOf: fixture)))
        let records = EventFileContents(bytes).records
        #expect(records.map(\.step) == [0, 7, 0, 7, 300])
        #expect(records.map(\.hasScalars) == [false, false, true, true, true])
        #expect(records.last?.end == bytes.count)
    }

    @Test func readingEndsBeforeWhatIsTornOrDamaged() {
        let whole = (1...3).map { TensorBoardEvent.scalars([("a", Double($0))], step: $0, wallTime: 1) }
        let bytes = whole.flatMap(\.self)
        for cut in 0..<whole[2].count {
            #expect(EventFileContents(Array(bytes.dropLast(whole[2].count - cut))).records.map(\.step) == [1, 2])
        }
        for index in whole[0].count..<whole[0].count + whole[1].count {
            var damaged = bytes
            damaged[index] ^= 0x40
            #expect(EventFileContents(damaged).records.map(\.step) == [1], "byte \(index)")
        }
        #expect(EventFileContents([]).records.isEmpty)
        #expect(EventFileContents([UInt8](repeating: 0xFF, count: 40)).records.isEmpty)
    }

    private func lines(_ steps: ClosedRange<Int>) throws -> [MetricsLine] {
        try steps.map { try MetricsLine(#"{"step":\#($0),"phase":0,"method":"sft","loss":1.5}"#) }
    }

    /// Of all files in the order in which they are read.
    private func steps() throws -> [[Int]] {
        try TensorBoardLog(folder: path).files().map { file in
            EventFileContents([UInt8](try Data(contentsOf: URL(filePath: file)))).records
                .filter(\.hasScalars).map(\.step)
        }
    }

    @Test func aContinuedRunGoesOnInANewFileAndHasNoStepTwice() throws {
        let first = TensorBoardLog(folder: path)
        try first.rewind(to: nil)
        for line in try lines(0...9) { try first.append(line, wallTime: 1000) }
        // Killed after step 9 and in the middle of the next event; the checkpoint is of step 6.
        let file = first.files()[0]
        let handle = try FileHandle(forWritingTo: URL(filePath: file))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(TensorBoardEvent.scalars([("loss", 1)], step: 10, wallTime: 1).dropLast(3)))
        try handle.close()

        let second = TensorBoardLog(folder: path)
        try second.rewind(to: 6)
        #expect(second.lastStep == 6)
        for line in try lines(0...8) { try second.append(line, wallTime: 1000) }
        #expect(try steps() == [[0, 1, 2, 3, 4, 5, 6], [7, 8]])
        // The second says where it goes on, for readers that have the first one's later steps already.
        let start = try EventFileContents([UInt8](Data(contentsOf: URL(filePath: second.files()[1])))).records[1]
        #expect(start.step == 7 && !start.hasScalars)

        // Once more, twice within a second, and before anything new was made.
        let third = TensorBoardLog(folder: path)
        try third.rewind(to: 8)
        for line in try lines(9...9) { try third.append(line, wallTime: 1000) }
        #expect(try steps() == [[0, 1, 2, 3, 4, 5, 6], [7, 8], [9]])
    }

    @Test func whatWasNotWrittenIsCaughtUpWithAndWhatIsUndoneIsRemoved() throws {
        let log = TensorBoardLog(folder: path)
        try log.rewind(to: 5)
        #expect(log.lastStep == nil)
        for line in try lines(1...5) { try log.append(line, wallTime: 2000) }
        #expect(try steps() == [[1, 2, 3, 4, 5]])
        let again = TensorBoardLog(folder: path)
        try again.rewind(to: nil)
        #expect(again.files() == [] && again.lastStep == nil)
    }

    @Test func filesOfAnotherMakeStay() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try folder.write("something else", to: "tensorboard/events.out.tfevents.5.host")
        try folder.write("a note", to: "tensorboard/notes.txt")
        let log = TensorBoardLog(folder: path)
        try log.rewind(to: nil)
        for line in try lines(1...1) { try log.append(line, wallTime: 2000) }
        #expect(
            try folder.read("tensorboard/events.out.tfevents.5.host") == Array("something else".utf8)
                && folder.read("tensorboard/notes.txt") == Array("a note".utf8))
        #expect(try steps() == [[1], []] || steps() == [[], [1]])
    }
}
