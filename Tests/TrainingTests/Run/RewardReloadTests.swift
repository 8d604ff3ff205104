import Foundation
import ModelCore
import ServiceAPI
import Synchronization
import Testing
import Training

/// Gives another list when it has been asked a number of times: before the step of that number.
private final class ScriptedReloads: RewardReloads {
    private let state: Mutex<(asked: Int, kept: Int)> = Mutex((0, 0))
    private let step: Int
    private let reload: RewardReload
    private let failure: TrainingError?

    init(before step: Int, _ reload: RewardReload, failure: TrainingError? = nil) {
        self.step = step
        self.reload = reload
        self.failure = failure
    }

    var kept: Int { state.withLock { $0.kept } }

    func take() -> RewardReload? {
        let asked = state.withLock { state in
            state.asked += 1
            return state.asked
        }
        return asked == step ? reload : nil
    }

    func keep(_ reload: RewardReload) throws {
        if let failure { throw failure }
        state.withLock { $0.kept += 1 }
    }
}

/// What scores may change while a run goes on: asked for, it is written down; not asked for, it ends the run.
@Suite struct RewardReloadTests {
    private static let old = "srl.similarity@1+46293909cd2e067b"

    /// The same scores under another fingerprint.
    ///
    /// - Parameter when: by the id of the first group, which names the batch.
    private static func renamed(
        _ fingerprint: String, when: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> TamperingClient {
        TamperingClient { _, response in
            var response = response
            if when(response.groups.first?.id ?? "") { response.fingerprint = fingerprint }
            return response
        }
    }

    private func undisturbed(_ small: SmallRun) async throws -> (RunDirectory, [Float]) {
        let run = try small.create("undisturbed")
        let trainer = try small.trainer(run)
        try await trainer.train()
        return (run, await trainer.parameters())
    }

    /// A run in which another list, of other servers, is taken up before `step`.
    private func reloaded(
        _ small: SmallRun, before step: Int, failure: TrainingError? = nil,
        meanwhile: @escaping @Sendable (RunDirectory, TrainerEvent) -> Void = { _, _ in }
    ) async throws -> (run: RunDirectory, after: SmallRun, kept: Int, parameters: [Float]) {
        var after = small
        after.configuration.reward.urls = ["http://127.0.0.1:2", "http://127.0.0.1:3"]
        let list = try after.list(.always(Self.renamed("new")))
        let reloads = ScriptedReloads(
            before: step,
            RewardReload(list: list, fingerprints: try await list.check(), reason: .file, changed: ["reward.urls"]),
            failure: failure)
        let run = try small.create("reloaded-\(step)-\(failure == nil)")
        let trainer = try small.trainer(run, rewards: InProcessRewardClient(), reloads: reloads) { meanwhile(run, $0) }
        try await trainer.train()
        return (run, after, reloads.kept, await trainer.parameters())
    }

    @Test func aReloadIsTakenUpBetweenStepsAndLosesNothing() async throws {
        let small = try SmallRun()
        let (whole, expected) = try await undisturbed(small)
        let (run, _, kept, parameters) = try await reloaded(small, before: 15)
        #expect(kept == 1 && parameters == expected)
        let (lines, quiet) = (try run.metrics(), try whole.metrics())
        #expect(lines.map(\.step) == quiet.map(\.step) && lines.map(\.rollouts) == quiet.map(\.rollouts))
        #expect(lines.map(\.rewardMean) == quiet.map(\.rewardMean))
        #expect(
            lines[15].rewardChanges == [
                RewardChange(step: 15, reason: .file, before: Self.old, after: "new", changed: ["reward.urls"])
            ])
        #expect(lines.filter { $0.rewardChanges != nil }.count == 1)
        #expect(lines[13...].map(\.rewardFingerprint) == [Self.old, Self.old, "new", "new"])
    }

    @Test func aListThatCannotBeKeptIsNotUsed() async throws {
        let small = try SmallRun()
        let full = TrainingError(.runDirectory, "no space")
        let (run, _, _, _) = try await reloaded(small, before: 14, failure: full)
        #expect(try run.metrics().allSatisfy { $0.rewardChanges == nil && $0.rewardFingerprint != "new" })
        let record = try String(contentsOfFile: run.path + "/rewards.json", encoding: .utf8)
        #expect(record.contains("127.0.0.1:1") && !record.contains("127.0.0.1:2"))
    }

    @Test func aListThatCannotBeRecordedIsNotKept() async throws {
        let small = try SmallRun()
        let (run, _, kept, _) = try await reloaded(small, before: 14) { run, event in
            guard case .finishedStep(let metrics) = event, metrics.step == 13 else { return }
            try? FileManager.default.removeItem(atPath: run.path + "/rewards.json")
            try? FileManager.default.createDirectory(
                atPath: run.path + "/rewards.json/x", withIntermediateDirectories: true)
        }
        #expect(kept == 0)
        #expect(try run.metrics().allSatisfy { $0.rewardChanges == nil && $0.rewardFingerprint != "new" })
        await #expect {
            try await small.trainer(run, resuming: true).train()
        } throws: {
            "\($0)".contains("rewards.json cannot be read")
        }
    }

    /// As after kill -9: the reload is younger than the last checkpoint.
    @Test func aResumedRunKnowsOfAReloadAfterItsCheckpoint() async throws {
        let small = try SmallRun()
        let (run, after, _, parameters) = try await reloaded(small, before: 14)
        for step in run.checkpointSteps() where step > 12 {
            try FileManager.default.removeItem(atPath: run.checkpoint(at: step))
        }
        let trainer = try after.trainer(run, rewards: Self.renamed("new"), resuming: true)
        try await trainer.train()
        #expect(await trainer.parameters() == parameters)
        #expect(
            try run.metrics().compactMap(\.rewardChanges) == [
                [RewardChange(step: 13, reason: .file, before: Self.old, after: "new", changed: ["reward.urls"])]
            ])
    }

    @Test func aRunThatIsContinuedWithAnotherListSaysSo() async throws {
        var small = try SmallRun()
        let run = try small.create("run")
        try await small.trainer(run).train()
        try FileManager.default.removeItem(atPath: run.checkpoint(at: 16))
        small.configuration.reward.urls = ["http://127.0.0.1:2"]
        try await small.trainer(run, rewards: Self.renamed("new"), resuming: true).train()
        #expect(
            try run.metrics().compactMap(\.rewardChanges) == [
                [RewardChange(step: 16, reason: .resume, before: Self.old, after: "new")]
            ])
    }

    /// Between the two resumes there is a checkpoint, and nothing that was scored.
    @Test func anotherListIsRememberedUntilSomethingIsScored() async throws {
        var small = try SmallRun()
        small.configuration.evaluation.interval = 100
        let run = try small.create("run")
        try await small.trainer(run).train()
        for step in run.checkpointSteps() where step > 3 {
            try FileManager.default.removeItem(atPath: run.checkpoint(at: step))
        }
        small.configuration.reward.urls = ["http://127.0.0.1:2"]
        // The end of the phase is the first that needs scores.
        await #expect(throws: TrainingError.self) {
            try await small.trainer(run, rewards: FailingRewards(failure: "down"), resuming: true).train()
        }
        #expect(run.checkpointSteps().last == 12)
        try await small.trainer(run, rewards: Self.renamed("new"), resuming: true).train()
        let expected = [[RewardChange(step: 13, reason: .resume, before: Self.old, after: "new")]]
        #expect(try run.metrics().compactMap(\.rewardChanges) == expected)

        // From then on it is known.
        try FileManager.default.removeItem(atPath: run.checkpoint(at: 16))
        await #expect(throws: TrainingError.self) {
            try await small.trainer(run, rewards: Self.renamed("third"), resuming: true).train()
        }
        try await small.trainer(run, rewards: Self.renamed("new"), resuming: true).train()
        #expect(try run.metrics().compactMap(\.rewardChanges) == expected)
    }

    @Test func anotherListWhoseReplicasDifferIsNotAccepted() async throws {
        var small = try SmallRun()
        // More than one request holds, so that two replicas answer.
        small.configuration.phases[1].batchSize = 260
        small.configuration.phases[1].steps = 1
        let run = try small.create("run")
        try await small.trainer(run).train()
        try FileManager.default.removeItem(atPath: run.checkpoint(at: 13))
        small.configuration.reward.urls = ["http://127.0.0.1:2"]
        let differing = TamperingClient { _, response in
            var response = response
            response.fingerprint = response.groups.first?.id.hasSuffix("/256") == true ? "b" : "a"
            return response
        }
        await #expect {
            try await small.trainer(run, rewards: differing, resuming: true).train()
        } throws: {
            "\($0)".contains("in step 13, and nobody has changed the list")
        }
        try await small.trainer(run, rewards: Self.renamed("a"), resuming: true).train()
        #expect(
            try run.metrics().compactMap(\.rewardChanges) == [
                [RewardChange(step: 13, reason: .resume, before: Self.old, after: "a")]
            ])
    }

    // MARK: Without a reload

    @Test func aFingerprintThatChangesByItselfEndsTheRunWithoutUsingItsScores() async throws {
        var small = try SmallRun()
        small.configuration.evaluation.interval = 0
        let (_, expected) = try await undisturbed(small)
        let run = try small.create("run")
        await #expect {
            try await small.trainer(run, rewards: Self.renamed("other") { $0.hasPrefix("step-15/") }).train()
        } throws: {
            let text = "\($0)"
            return text.contains("nobody has changed the list (http://tampered answers so)")
                && text.contains("it was \(Self.old), and is other. No score of it was used.")
                && text.contains("'fingerprintChange: continue' below 'reward' in \(run.configurationPath)")
        }
        let last = try #require(try run.metrics().last)
        #expect(last.step == 14 && run.checkpointSteps().last == 14 && last.rewardFingerprint == Self.old)

        // The same answer stops it again; permitted, it goes on to the same end.
        await #expect(throws: TrainingError.self) {
            try await small.trainer(run, rewards: Self.renamed("other"), resuming: true).train()
        }
        small.configuration.reward.fingerprintChange = .continue
        let trainer = try small.trainer(run, rewards: Self.renamed("other"), resuming: true)
        try await trainer.train()
        #expect(await trainer.parameters() == expected)
        #expect(
            try run.metrics().compactMap(\.rewardChanges) == [
                [RewardChange(step: 15, reason: .unannounced, before: Self.old, after: "other")]
            ])
    }

    /// The step itself was made: its line and its checkpoint are there.
    @Test func heldOutScoresOfAnotherFingerprintEndItToo() async throws {
        let small = try SmallRun()
        let run = try small.create("run")
        await #expect {
            try await small.trainer(run, rewards: Self.renamed("other") { $0.hasPrefix("held-out-6/") }).train()
        } throws: {
            "\($0)".contains("another fingerprint in step 6, and nobody")
        }
        let lines = try run.metrics()
        #expect(lines.map(\.step) == Array(0...6) && lines[6].heldOut == nil && lines[6].loss != nil)
        #expect(run.checkpointSteps().last == 6)
    }

    // MARK: Several

    @Test func severalRewardsTrainAndAreReportedApart() async throws {
        var small = try SmallRun()
        small.configuration.reward = RewardConfiguration(
            servers: [
                RewardServer(weight: 0.75, urls: ["http://a"]),
                RewardServer(name: "words", weight: 0.25, urls: ["http://b"], parameters: ["granularity": "word"]),
            ])
        let run = try small.create("run")
        try await small.trainer(run).train()
        let last = try #require(try run.metrics().last)
        let parts = try #require(last.rewardParts)
        #expect(parts.keys.sorted() == ["srl.similarity", "words"])
        let sum = try #require(parts["srl.similarity"]).mean * 0.75 + (try #require(parts["words"])).mean * 0.25
        #expect(abs(try #require(last.rewardMean) - sum) < 1e-12)
        #expect(last.rewardFingerprint?.hasPrefix("0.75*\(Self.old) + 0.25*srl.similarity@1+") == true)
        let rows = try RolloutLog.read(run.path + "/rollouts/step-16.jsonl.zst")
        for case .scored(let reward, let components, _) in rows.map(\.score) {
            let parts = 0.75 * (components["srl.similarity"] ?? .nan) + 0.25 * (components["words"] ?? .nan)
            #expect(reward == parts)
        }
    }
}
