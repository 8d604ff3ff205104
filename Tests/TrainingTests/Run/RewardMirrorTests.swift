import ServiceAPI
import Synchronization
import Testing
import Training

/// A candidate server is compared, and nothing else.
@Suite struct RewardMirrorTests {
    /// Trains with and without a mirror, and holds both to the same end.
    private func report(_ mirror: any RewardClient, parameters: [String: JSONValue]? = nil) async throws -> MirrorReport
    {
        var small = try SmallRun()
        let quiet = try small.create("quiet")
        let expected = try small.trainer(quiet)
        try await expected.train()

        small.configuration.reward.mirror = RewardMirrorConfiguration(
            urls: ["http://candidate"], parameters: parameters, deadlineSeconds: 2)
        let run = try small.create("mirrored")
        let total = Mutex<MirrorReport?>(nil)
        let connector = RewardConnector { source, _ in
            source.urls == ["http://candidate"] ? mirror : InProcessRewardClient() as any RewardClient
        }
        let trainer = try small.trainer(run, connector: connector) { event in
            if case .mirrored(let report) = event { total.withLock { $0 = report } }
        }
        try await trainer.train()
        await trainer.close()
        #expect(await trainer.parameters() == expected.parameters())
        let lines = try run.metrics()
        #expect(lines.map(\.rewardMean) == (try quiet.metrics()).map(\.rewardMean))
        let report = try #require(total.withLock { $0 })
        // The lines of the run add up to it, and no batch is without an account.
        var sum = MirrorReport()
        for line in lines { if let part = line.mirror { sum.add(part) } }
        #expect(sum == report)
        expectEveryBatch(of: lines, in: report)
        return report
    }

    private func expectEveryBatch(
        of lines: [StepMetrics], in report: MirrorReport, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let batches = lines.compactMap(\.draws).reduce(0, +)
        #expect(batches > 0, sourceLocation: sourceLocation)
        #expect(
            report.batches + report.failedBatches + report.skippedBatches == batches, sourceLocation: sourceLocation)
    }

    @Test func theSameFunctionDiffersNowhere() async throws {
        let report = try await report(InProcessRewardClient())
        #expect(report.batches > 0 && report.items > 0 && report.pairs > 0)
        #expect(report.differing == 0 && report.largestDifference == 0 && report.rankAgreement == 1)
        #expect(report.failedBatches == 0 && report.fingerprint == "srl.similarity@1+46293909cd2e067b")
    }

    @Test func anotherFunctionDiffers() async throws {
        let report = try await report(
            InProcessRewardClient(), parameters: ["formatViolationReward": -0.5, "granularity": "word"])
        #expect(report.differing > 0 && report.largestDifference! > 0 && report.rankAgreement! < 1)
    }

    @Test func oneThatFailsIsCounted() async throws {
        let report = try await report(FailingRewards(failure: "no such host"))
        #expect(report.failedBatches > 0 && report.batches == 0 && report.items == 0)
        #expect(report.lastFailure?.contains("no such host") == true)
    }

    /// It gets the queue full, and the run ends nevertheless.
    @Test func oneThatNeverAnswersHoldsNothingUp() async throws {
        var small = try SmallRun()
        small.configuration.reward.mirror = RewardMirrorConfiguration(urls: ["http://candidate"], deadlineSeconds: 0.5)
        let run = try small.create("run")
        let connector = RewardConnector { source, _ in
            source.urls == ["http://candidate"] ? FailingRewards() as any RewardClient : InProcessRewardClient()
        }
        let trainer = try small.trainer(run, connector: connector)
        try await trainer.train()
        await trainer.close()
        let lines = try run.metrics()
        #expect(lines.last?.step == 16)
        var sum = MirrorReport()
        for line in lines { if let part = line.mirror { sum.add(part) } }
        // The first one is under way until the end, and the others wait for it.
        #expect(sum.skippedBatches > 0 && sum.failedBatches == 1 && sum.batches == 0)
        expectEveryBatch(of: lines, in: sum)
    }
}
