import ServiceKit
import Synchronization
import Testing

@Suite struct ProgressDisplayTests {
    /// A clock that a test sets.
    private final class Clock: Sendable {
        private let start = ContinuousClock.now
        private let seconds = Mutex(0.0)

        var now: ContinuousClock.Instant { start + .seconds(seconds.withLock { $0 }) }
        func advance(_ amount: Double) { seconds.withLock { $0 += amount } }
    }

    private let captured = Captured()
    private let clock = Clock()

    private func display(_ output: TerminalOutput, total: Int? = 100, completed: Int = 0) -> ProgressDisplay {
        ProgressDisplay(
            title: "train", total: total, completed: completed, output: output, now: { [clock] in clock.now })
    }

    @Test func drawsABarWithFieldsAndTimeLeft() {
        let progress = display(captured.output(isTerminal: true, width: 81))
        clock.advance(30)
        progress.update(completed: 25, fields: [("reward", "0.53"), ("kept", "28/32")])
        #expect(
            captured.screen == [
                "train " + String(repeating: "█", count: 7) + String(repeating: "░", count: 23)
                    + " 25/100  reward 0.53  kept 28/32  1:30 left"
            ])
    }

    @Test func usesASCIIWhereTheLocaleDoes() {
        let progress = display(captured.output(isTerminal: true, hasUnicode: false, width: 61))
        clock.advance(10)
        progress.update(completed: 50)
        #expect(captured.screen == ["train [##############..............] 50/100  0:10 left"])
    }

    @Test func plainLinesSayTheWholePercentThatIsReached() throws {
        let progress = display(captured.output(isTerminal: false))
        clock.advance(57)
        progress.update(completed: 57)
        #expect(try #require(captured.lines.last).hasPrefix("train: 57/100 (57%)"))
    }

    @Test(arguments: 1...90)
    func neverExceedsTheWidth(width: Int) throws {
        let progress = display(captured.output(isTerminal: true, width: width))
        clock.advance(4000)
        progress.update(completed: 1, fields: [("reward", "0.53"), ("kept", "28/32"), ("tokens/s", "1234")])
        #expect(try #require(captured.screen.last).count < width)
    }

    @Test func leavesOutTheLeastImportantFieldsFirst() throws {
        let progress = display(captured.output(isTerminal: true, width: 60))
        clock.advance(10)
        progress.update(completed: 50, fields: [("reward", "0.53"), ("kept", "28/32"), ("tokens/s", "1234")])
        let line = try #require(captured.screen.last)
        #expect(line.contains("reward") && !line.contains("tokens/s") && line.contains("█") && line.contains("left"))
    }

    @Test func redrawsAtMostTenTimesASecondButAlwaysTheLast() {
        let progress = display(captured.output(isTerminal: true))
        for step in 1...100 {
            clock.advance(0.001)
            progress.update(completed: step)
        }
        #expect(captured.text.components(separatedBy: "\r").count - 1 == 2)
        #expect(captured.text.contains("100/100"))
    }

    @Test func writesPlainLinesAtIntervalsWithoutATerminal() {
        let progress = display(captured.output())
        for step in 1...60 {
            clock.advance(1)
            progress.update(completed: step, fields: [("reward", "0.5")])
        }
        #expect(captured.lines.count == 6)
        #expect(captured.lines.first == "train: 1/100 (1%), reward 0.5, 1:39 left")
        #expect(!captured.text.contains("\u{1B}") && !captured.text.contains("\r"))
    }

    @Test func countsUpWhenTheTotalIsUnknown() {
        let progress = display(captured.output(), total: nil)
        clock.advance(3725)
        progress.update(completed: 12)
        #expect(captured.lines == ["train: 12, 1:02:05 so far"])
    }

    @Test func aResumedRunReckonsFromWhatThisProcessDid() {
        let progress = display(captured.output(), completed: 90)
        clock.advance(10)
        progress.update(completed: 95)
        #expect(captured.lines == ["train: 95/100 (95%), 0:10 left"])
    }

    @Test func logLinesGoAboveTheBar() {
        let output = captured.output(isTerminal: true)
        let progress = display(output)
        progress.update(completed: 1)
        output.writeLine("a log line")
        #expect(captured.screen.count == 2)
        #expect(captured.screen[0] == "a log line")
        #expect(captured.screen[1].hasPrefix("train "))
    }

    @Test func finishReplacesTheBarAndEndsUpdates() {
        let progress = display(captured.output(isTerminal: true))
        progress.update(completed: 1)
        progress.finish("done in 0:01")
        clock.advance(60)
        progress.update(completed: 2)
        #expect(captured.screen == ["done in 0:01", ""])
    }
}

extension String {
    fileprivate func components(separatedBy mark: Character) -> [Substring] {
        split(separator: mark, omittingEmptySubsequences: false)
    }
}
