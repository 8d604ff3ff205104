import ServiceAPI
import Testing
import Training

@Suite struct MirrorReportTests {
    private func scores(_ rewards: [Double?]) -> [ItemScore] {
        rewards.map { reward in
            reward.map { .scored(reward: $0, components: [:]) } ?? .error(ItemError(code: "timeout", message: ""))
        }
    }

    @Test func differencesAndOrderWithinGroups() {
        let report = MirrorReport(
            [scores([0, 1, 0.5]), scores([1, 1])], [scores([0, 0.5, 0.75]), scores([1, 1])], fingerprint: "f",
            seconds: 2)
        #expect(report.items == 5 && report.differing == 2)
        #expect(report.meanDifference == 0.15 && report.largestDifference == 0.5)
        // Of (0, 1), (0, 0.5) and (1, 0.5) the candidate turns the last one round; the equal ones of the other group stay equal.
        #expect(report.pairs == 4 && report.rankAgreement == 0.75)
        #expect(report.batches == 1 && report.latencyMean == 2 && report.latencyMaximum == 2)
    }

    @Test func whatOneOfBothCouldNotScoreIsNotCompared() {
        let report = MirrorReport(
            [scores([0, nil, 1])], [scores([nil, 1, 1])], fingerprint: nil, seconds: 1)
        #expect(report.items == 1 && report.errors == 1 && report.pairs == 0)
        #expect(report.rankAgreement == nil && report.meanDifference == 0)
    }

    @Test func reportsAddUp() {
        let batches: [([Double?], [Double?])] = [([0, 1, 2], [0, 1, 1]), ([3, 4], [4, 3]), ([1], [nil])]
        var total = MirrorReport()
        for (mine, its) in batches {
            total.add(MirrorReport([scores(mine)], [scores(its)], fingerprint: "f", seconds: Double(mine.count)))
        }
        var failed = MirrorReport()
        failed.failedBatches = 1
        failed.lastFailure = "down"
        total.add(failed)
        let whole = MirrorReport(
            batches.map { scores($0.0) }, batches.map { scores($0.1) }, fingerprint: "f", seconds: 2)
        #expect(total.items == whole.items && total.differing == whole.differing && total.errors == 1)
        #expect(total.meanDifference == whole.meanDifference && total.largestDifference == whole.largestDifference)
        #expect(total.pairs == whole.pairs && total.rankAgreement == whole.rankAgreement)
        #expect(total.batches == 3 && total.failedBatches == 1 && total.lastFailure == "down")
        #expect(total.latencyMean == 2 && total.latencyMaximum == 3 && total.fingerprint == "f")
    }
}
