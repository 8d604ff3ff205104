import ModelCore
import Testing

struct LearningRateScheduleTests {
    private static func rates(_ schedule: LearningRateSchedule, of total: Int) -> [Float] {
        (0..<total).map { schedule.rate(step: $0, of: total) }
    }

    private static func isClose(_ first: [Float], _ second: [Float]) -> Bool {
        first.count == second.count && zip(first, second).allSatisfy { abs($0 - $1) < 1e-6 }
    }

    @Test func warmsUpLinearlyFromTheFirstStepOn() {
        let schedule = LearningRateSchedule(peak: 2, warmupSteps: 4)
        #expect(Self.rates(schedule, of: 7) == [0.5, 1, 1.5, 2, 2, 2, 2])
        #expect(Self.rates(LearningRateSchedule(peak: 2), of: 2) == [2, 2])
    }

    @Test func fallsLinearly() {
        let schedule = LearningRateSchedule(peak: 1, warmupSteps: 1, decay: .linear, finalRatio: 0)
        #expect(Self.isClose(Self.rates(schedule, of: 5), [1, 1, 0.75, 0.5, 0.25]))
        let partial = LearningRateSchedule(peak: 10, decay: .linear, finalRatio: 0.2)
        #expect(Self.isClose(Self.rates(partial, of: 4), [10, 8, 6, 4]))
        #expect(abs(partial.rate(step: 4, of: 4) - 2) < 1e-6, "the end of the decay is the step after the last")
    }

    /// (1 + cos(pi * t)) / 2 at t = 0, 1/4, 1/2, 3/4.
    @Test func fallsAsACosine() {
        let schedule = LearningRateSchedule(peak: 1, warmupSteps: 2, decay: .cosine, finalRatio: 0)
        #expect(Self.isClose(Self.rates(schedule, of: 6), [0.5, 1, 1, 0.853_553_4, 0.5, 0.146_446_6]))
        let partial = LearningRateSchedule(peak: 1, decay: .cosine, finalRatio: 0.1)
        #expect(abs(partial.rate(step: 1, of: 2) - 0.55) < 1e-6)
    }

    /// A run that is resumed with fewer steps than it has done, or a warm-up longer than the run, is no reason to leave the range.
    @Test func staysInItsRangeBeyondTheEnd() {
        for decay in LearningRateSchedule.Decay.allCases {
            let schedule = LearningRateSchedule(peak: 1, warmupSteps: 3, decay: decay, finalRatio: 0.1)
            for total in 0...5 {
                for step in 0..<10 { #expect((0.0999...1).contains(schedule.rate(step: step, of: total))) }
            }
        }
    }
}
