import Foundation
import Logging
import ModelCore
import Reward
import ServiceAPI
import Synchronization
import TestSupport
import Testing
import Training
import Trajectory

/// A run on sums that takes a second.
struct SmallRun {
    let folder: TemporaryFolder
    var configuration: TrainerConfiguration

    init() throws {
        folder = try TemporaryFolder()
        let data = folder.file("data.jsonl")
        try TrajectoryFile.write(ArithmeticTask(operands: 2...3, seed: 5).trajectories(60, prefix: "sum"), to: data)
        configuration = TrainerConfiguration(
            seed: 3, data: DataConfiguration(train: data, heldOutFraction: 0.2),
            model: ModelSource(
                fresh: FreshModel(
                    hiddenSize: 32, intermediateSize: 64, layerCount: 2, headCount: 2, keyValueHeadCount: 1,
                    maximumPositions: 64)),
            reward: RewardConfiguration(urls: ["http://127.0.0.1:1"]),
            phases: [
                PhaseConfiguration(
                    method: .sft, steps: 12, batchSize: 16, optimizer: OptimizerConfiguration(learningRate: 1e-2)),
                PhaseConfiguration(
                    method: .srl, steps: 4, batchSize: 8, optimizer: OptimizerConfiguration(learningRate: 1e-3),
                    grpo: GRPOConfiguration(groupSize: 4, sampling: SamplingParameters(maximumTokens: 12))),
            ], evaluation: HeldOutConfiguration(interval: 6, instances: 10),
            checkpoints: CheckpointConfiguration(interval: 3, keepLast: 10))
    }

    func create(_ name: String) throws -> RunDirectory {
        try RunDirectory.create(folder.file(name), configuration: "test: true\n")
    }

    func trainer(
        _ run: RunDirectory, rewards: any RewardClient = InProcessRewardClient(), reloads: (any RewardReloads)? = nil,
        resuming: Bool = false, observer: @escaping @Sendable (TrainerEvent) -> Void = { _ in }
    ) throws -> Trainer {
        try trainer(run, connector: .always(rewards), reloads: reloads, resuming: resuming, observer: observer)
    }

    func trainer(
        _ run: RunDirectory, connector: RewardConnector, reloads: (any RewardReloads)? = nil, resuming: Bool = false,
        observer: @escaping @Sendable (TrainerEvent) -> Void = { _ in }
    ) throws -> Trainer {
        try Trainer(
            configuration, data: TrainingData(configuration.data, seed: configuration.seed),
            rewards: list(connector), reloads: reloads, run: run, resuming: resuming, logger: .silent,
            observer: observer)
    }

    func list(_ connector: RewardConnector) throws -> RewardList {
        try RewardList(configuration.scoring, connector: connector, logger: .silent)
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

@Suite struct TrainerTests {
    @Test func whatTheCheckpointNamesAsItsEndEndsCompletionsAndIsKept() async throws {
        var small = try SmallRun()
        let model = try CausalLanguageModel(
            configuration: (small.configuration.model.fresh ?? FreshModel()).configuration(ByteTokenizer()), seed: 1)
        var generation = GenerationConfiguration()
        generation.endTokens = [TokenID(UInt8(ascii: ";"))]
        generation.temperature = 0.7
        try Checkpoint.save(model, tokenizer: ByteTokenizer(), generation: generation, to: small.folder.file("model"))
        small.configuration.model = ModelSource(checkpoint: small.folder.file("model"))
        small.configuration.phases = [PhaseConfiguration(method: .sft, steps: 1, batchSize: 4)]
        let run = try small.create("run")
        try await small.trainer(run).train()
        let kept = try Checkpoint.generationConfiguration(of: run.checkpoint(at: 1))
        #expect(kept == generation.completed(for: ByteTokenizer()) && kept.temperature == 0.7)

        let data = StepData(
            [ExpertTrajectory(id: "a", problem: "1+2+3", steps: ["3+3", "6"])], template: .compact,
            options: InstanceOptions(), tokenizer: ByteTokenizer(), maximumPositions: 64, endTokens: kept.endTokens)
        #expect(data.stopTokens == [TokenID(UInt8(ascii: ";")), 256, 258])
    }

    @Test func everyStepIsALineAndTheFirstUpdateHasRatioOne() async throws {
        let small = try SmallRun()
        let run = try small.create("run")
        try await small.trainer(run).train()
        let metrics = try run.metrics()
        #expect(metrics.map(\.step) == Array(0...16))
        #expect(metrics[0].heldOut != nil && metrics[6].heldOut != nil && metrics[16].heldOut != nil)
        #expect(try #require(metrics[12].loss) < #require(metrics[1].loss))
        for line in metrics.suffix(4) {
            #expect(line.method == .srl)
            #expect(line.groupsKept.map { $0 > 0 && $0 <= 8 } == true)
            #expect(line.rollouts == 4 * (line.groupsKept! + line.groupsDropped!))
            // One engine generates and trains: the ratio is 1 to rounding.
            #expect(try #require(line.firstRatioDeviation) < 1e-4)
            #expect(line.rewardFingerprint?.hasPrefix("srl.similarity@") == true)
            #expect(line.clipFraction == 0 && line.errors == 0)
        }
        #expect(run.checkpointSteps() == [3, 6, 9, 12, 15, 16])
        // What was trained can be opened as a checkpoint.
        let (model, _) = try Checkpoint.load(from: run.checkpoint(at: 16))
        #expect(model.parameters.count > 0)
    }

    @Test func rolloutsAreRecordedWithWhatIsNeededToScoreThemAgain() async throws {
        let small = try SmallRun()
        let run = try small.create("run")
        try await small.trainer(run).train()
        let rows = try RolloutLog.read(run.path + "/rollouts/step-13.jsonl.zst")
        let metrics = try run.metrics()[13]
        #expect(rows.count == metrics.rollouts)
        #expect(rows.count { $0.advantage != nil } == 4 * (metrics.groupsKept ?? 0))
        for row in rows {
            #expect(row.tokens.count == row.logProbabilities.count && !row.tokens.isEmpty)
            // The problem and the steps before, a line each.
            let prompt = try #require(row.prompt)
            #expect(prompt.hasSuffix("\n") && prompt.split(separator: "\n").count == row.trajectoryStep + 1)
            let again = SimilarityReward(.init()).score(
                ScoreGroup(id: "again", expert: row.expert, completions: [row.text]))
            #expect(again.scores == [row.score])
        }
    }

    @Test func theSameSeedGivesTheSameModel() async throws {
        let small = try SmallRun()
        var parameters: [[Float]] = []
        for name in ["one", "two"] {
            let trainer = try small.trainer(small.create(name))
            try await trainer.train()
            parameters.append(await trainer.parameters())
        }
        #expect(parameters[0] == parameters[1])
    }

    @Test(arguments: [5, 12, 14])
    func aResumedRunEndsAsOneThatWasNotInterrupted(stopAfter step: Int) async throws {
        let small = try SmallRun()
        let whole = try small.create("whole")
        let trainer = try small.trainer(whole)
        try await trainer.train()

        let run = try small.create("interrupted")
        let task = Mutex<Task<Void, any Error>?>(nil)
        let interrupted = try small.trainer(run) { event in
            if case .finishedStep(let metrics) = event, metrics.step == step { task.withLock { $0?.cancel() } }
        }
        let running = task.withLock { slot in
            let running = Task { try await interrupted.train() }
            slot = running
            return running
        }
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(try #require(run.metrics().last).step < 16)

        let resumed = try small.trainer(run, resuming: true)
        try await resumed.train()
        #expect(await resumed.parameters() == trainer.parameters())
        let (first, second) = (try whole.metrics(), try run.metrics())
        #expect(second.map(\.step) == first.map(\.step))
        #expect(second.map(\.rewardMean) == first.map(\.rewardMean) && second.map(\.loss) == first.map(\.loss))
        #expect(second.map(\.heldOut) == first.map(\.heldOut))
    }

    @Test func aPhaseThatHasEndedIsNotMadeLonger() async throws {
        var small = try SmallRun()
        let run = try small.create("run")
        try await small.trainer(run).train()
        small.configuration.phases[1].steps = 9
        let error = #expect(throws: TrainingError.self) { try small.trainer(run, resuming: true) }
        #expect(error?.description.contains("'phases[1].steps' is 9") == true)
        #expect(error?.description.contains("ended that phase after 4 steps") == true)
        // Nothing was taken back.
        #expect(try run.metrics().map(\.step) == Array(0...16))
        // As it was, there is nothing left to do.
        small.configuration.phases[1].steps = 4
        try await small.trainer(run, resuming: true).train()
    }

    @Test func heldOutInstancesAreSampledAtTheAskedTemperature() async throws {
        func heldOut(_ temperature: Float) async throws -> [StepMetrics.HeldOut?] {
            var small = try SmallRun()
            small.configuration.evaluation.temperature = temperature
            small.configuration.phases.removeLast()
            let run = try small.create("run")
            try await small.trainer(run).train()
            return try run.metrics().map(\.heldOut)
        }
        let (greedy, sampled) = (try await heldOut(0), try await heldOut(1))
        #expect(greedy != sampled)
        // The same seeds draw the same completions.
        #expect(try await heldOut(1) == sampled)
    }

    @Test func aTornLineAndWhatFollowedTheCheckpointAreTakenBack() async throws {
        let small = try SmallRun()
        let run = try small.create("run")
        try await small.trainer(run).train()
        let expected = try run.metrics()
        // As after kill -9: the last checkpoint is older than the log, and the log's last line is torn.
        try FileManager.default.removeItem(atPath: run.checkpoint(at: 16))
        let handle = try #require(FileHandle(forWritingAtPath: run.metricsPath))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"step\":17,\"pha".utf8))
        try handle.close()
        try await small.trainer(run, resuming: true).train()
        let metrics = try run.metrics()
        #expect(metrics.map(\.step) == expected.map(\.step) && metrics.map(\.loss) == expected.map(\.loss))
    }

    @Test func aRunIsNotOverwritten() throws {
        let small = try SmallRun()
        _ = try small.create("run")
        #expect { try small.create("run") } throws: {
            "\($0)".contains("already holds a run. Continue it with --resume")
        }
    }
}

/// Answers as another server would: with errors, or with another fingerprint from some call on.
final class TamperingClient: RewardClient {
    private let calls = Mutex(0)
    private let tamper: @Sendable (Int, ScoreResponse) throws -> ScoreResponse

    init(_ tamper: @escaping @Sendable (_ call: Int, ScoreResponse) throws -> ScoreResponse) { self.tamper = tamper }

    func score(_ request: ScoreRequest) async throws -> RewardAnswer {
        let call = calls.withLock { count in
            count += 1
            return count
        }
        return RewardAnswer(
            try tamper(call, try await InProcessRewardClient().score(request).response), server: "http://tampered")
    }
}

@Suite struct RewardFaultTests {
    private func training(_ client: TamperingClient, maximumErrorShare: Double = 0.5) async throws -> [StepMetrics] {
        var small = try SmallRun()
        small.configuration.evaluation.interval = 0
        small.configuration.reward.maximumErrorShare = maximumErrorShare
        let run = try small.create("run")
        try await small.trainer(run, rewards: client).train()
        return try run.metrics()
    }

    private static func breakFirstItems(_ response: ScoreResponse) -> ScoreResponse {
        var response = response
        for index in response.groups.indices {
            response.groups[index].scores[0] = .error(ItemError(code: "textTooLong", message: "too long"))
        }
        return response
    }

    @Test func anItemThatCouldNotBeScoredIsLeftOutAndCounted() async throws {
        let metrics = try await training(TamperingClient { _, response in Self.breakFirstItems(response) })
        let last = try #require(metrics.last)
        #expect(last.errors == (last.rollouts ?? 0) / 4)
    }

    @Test func tooManyOfThemEndTheRunWithTheCause() async throws {
        await #expect {
            try await training(
                TamperingClient { _, response in Self.breakFirstItems(response) }, maximumErrorShare: 0.1)
        } throws: {
            "\($0)".contains("rollouts could not be scored") && "\($0)".contains("textTooLong: too long")
        }
    }

    @Test func anAnswerThatDoesNotFitIsAnErrorAndNoReward() async throws {
        await #expect {
            try await training(
                TamperingClient { _, response in
                    var response = response
                    response.groups[0].scores.removeLast()
                    return response
                })
        } throws: {
            "\($0)".contains("the reward server http://tampered answered with 3 scores for 4 completions of the group")
        }
    }
}
