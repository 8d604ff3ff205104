import Foundation
import ModelCore
import Testing
import Training

@Suite struct TrainerConfigurationTests {
    private func message(_ change: (inout TrainerConfiguration) -> Void) throws -> String {
        var configuration = try SmallRun().configuration
        change(&configuration)
        do {
            try configuration.validate()
        } catch {
            return error.description
        }
        return ""
    }

    @Test func namesTheKeyThatMakesNoSense() throws {
        #expect(try message { _ in } == "")
        #expect(try message { $0.phases = [] } == "'phases' is empty: there is nothing to train")
        #expect(try message { $0.phases[1].grpo.groupSize = 1 }.hasPrefix("'phases[1].grpo.groupSize' is 1"))
        #expect(try message { $0.phases[0].portion = [0.5, 0.2] }.hasPrefix("'phases[0].portion' is [0.5, 0.2]"))
        #expect(
            try message { $0.phases[1].grpo.sampling.temperature = 0 }.hasPrefix(
                "'phases[1].grpo.sampling.temperature'"))
        #expect(try message { $0.reward.urls = [] }.hasPrefix("'reward.urls' is empty"))
        #expect(try message { $0.model.checkpoint = "somewhere" }.hasPrefix("'model' needs either"))
    }

    @Test func namesEveryOtherKeyToo() throws {
        let changes: [(String, (inout TrainerConfiguration) -> Void)] = [
            ("data.heldOutFraction", { $0.data.heldOutFraction = 1 }),
            ("reward.deadlineSeconds", { $0.reward.deadlineSeconds = 0 }),
            ("reward.maximumErrorShare", { $0.reward.maximumErrorShare = 1.5 }),
            ("evaluation.interval", { $0.evaluation.interval = -1 }),
            ("evaluation.instances", { $0.evaluation.instances = 0 }),
            ("evaluation.temperature", { $0.evaluation.temperature = -1 }),
            ("checkpoints.interval", { $0.checkpoints.interval = 0 }),
            ("checkpoints.keepLast", { $0.checkpoints.keepLast = 0 }),
            ("checkpoints.keepBest", { $0.checkpoints.keepBest = -1 }),
            ("rolloutLogInterval", { $0.rolloutLogInterval = -1 }),
            ("phases[0].steps", { $0.phases[0].steps = 0 }),
            ("phases[0].batchSize", { $0.phases[0].batchSize = 0 }),
            ("phases[0].microBatchTokens", { $0.phases[0].microBatchTokens = 0 }),
            ("phases[0].portion", { $0.phases[0].portion = [0] }),
            ("phases[0].optimizer.learningRate", { $0.phases[0].optimizer.learningRate = .infinity }),
            ("phases[0].optimizer.maximumGradientNorm", { $0.phases[0].optimizer.maximumGradientNorm = 0 }),
            ("phases[0].optimizer.warmupSteps", { $0.phases[0].optimizer.warmupSteps = -1 }),
            ("phases[1].grpo.updatesPerBatch", { $0.phases[1].grpo.updatesPerBatch = 0 }),
            ("phases[1].grpo.clipLow", { $0.phases[1].grpo.clipLow = 1 }),
            ("phases[1].grpo.clipHigh", { $0.phases[1].grpo.clipHigh = 0 }),
            ("phases[1].grpo.klCoefficient", { $0.phases[1].grpo.klCoefficient = -0.1 }),
            ("phases[1].grpo.minibatches", { $0.phases[1].grpo.minibatches = 0 }),
            ("phases[1].grpo.minibatches", { $0.phases[1].grpo.minibatches = 9 }),
            ("phases[1].grpo.advantageEpsilon", { $0.phases[1].grpo.advantageEpsilon = -1 }),
            ("phases[1].grpo.advantageDdof", { $0.phases[1].grpo.advantageDdof = 2 }),
            ("phases[1].grpo.clipDual", { $0.phases[1].grpo.clipDual = 1.1 }),
            ("phases[1].grpo.entropyCoefficient", { $0.phases[1].grpo.entropyCoefficient = .nan }),
            ("phases[1].grpo.overlong.bufferTokens", { $0.phases[1].grpo.overlong.bufferTokens = -1 }),
            ("phases[1].grpo.overlong.bufferTokens", { $0.phases[1].grpo.overlong.bufferTokens = 12 }),
            ("phases[1].grpo.overlong.penaltyFactor", { $0.phases[1].grpo.overlong.penaltyFactor = -1 }),
            ("phases[1].grpo.rolloutCorrection.cap", { $0.phases[1].grpo.rolloutCorrection.cap = 0 }),
            ("phases[1].maximumSteps", { $0.phases[1].maximumSteps = 0 }),
            ("phases[1].episode", { $0.phases[1].episode = .both }),
            ("phases[0].episode", { $0.phases[0].episode = .stepwise }),
            (
                "phases[1].episode",
                {
                    $0.phases[1].method = .rlvr
                    $0.phases[1].episode = .step
                }
            ),
            ("phases[0].optimizer.maximumSkippedUpdates", { $0.phases[0].optimizer.maximumSkippedUpdates = 0 }),
            ("evaluation.episode", { $0.evaluation.episode = .both }),
            ("phases[1].grpo.dynamicSampling.threshold", { $0.phases[1].grpo.dynamicSampling.threshold = -1 }),
            ("phases[1].grpo.dynamicSampling.maximumDraws", { $0.phases[1].grpo.dynamicSampling.maximumDraws = 0 }),
        ]
        for (key, change) in changes {
            let text = try message(change)
            #expect(text.hasPrefix("'\(key)' "), "\(key): \(text)")
        }
        #expect(
            try message {
                $0.phases.append(PhaseConfiguration(method: .rlvr, steps: 1))
                $0.reward = RewardConfiguration(servers: [RewardServer(urls: ["http://a"], scores: [.step])])
            }.hasPrefix("'reward.servers' have none with a weight that scores answers"))
        #expect(try message { $0.phases[1].grpo.sampling.topP = 0 }.hasPrefix("'phases[1].grpo': "))
        // What SFT does not use is not looked at.
        #expect(try message { $0.phases[0].grpo.groupSize = 0 } == "")
    }

    @Test func whatAPhaseLeavesOutFollowsFromItsMethod() throws {
        func decoded(_ phase: String) throws -> PhaseConfiguration {
            try JSONDecoder().decode(PhaseConfiguration.self, from: Data(phase.utf8))
        }
        let rlvr = try decoded(#"{"method": "rlvr", "steps": 3}"#)
        #expect(rlvr == PhaseConfiguration(method: .rlvr, steps: 3) && rlvr.episode == .direct)
        #expect(try decoded(#"{"method": "srl", "steps": 3}"#).episode == .step)
        let given = try decoded(
            #"""
            {"method": "rlvr", "steps": 3, "episode": "stepwise", "grpo": {"advantage": "leaveOneOut", "clipDual": 3,
             "importanceSamplingLevel": "sequence", "lossAggregation": "sequenceSumNormalized", "klPlacement": "reward",
             "overlong": {"maskTruncated": true}, "rolloutCorrection": {"mode": "tokenTruncate"}}}
            """#)
        #expect(given.grpo.clipDual == 3 && given.grpo.overlong.maskTruncated && given.grpo.rolloutCorrection.cap == 2)
        // What `--print-config` shows means the same.
        #expect(try JSONDecoder().decode(PhaseConfiguration.self, from: JSONEncoder().encode(given)) == given)
    }

    @Test func theRewardsFollowFromThePhases() throws {
        var configuration = try SmallRun().configuration
        func functions() -> [String] { configuration.scoring.sources.map(\.function) }
        #expect(functions() == ["srl.similarity"])
        configuration.phases.append(PhaseConfiguration(method: .rlvr, steps: 1))
        #expect(functions() == ["srl.similarity", "math.verify"])
        #expect(configuration.scoring.sources.map(\.uses) == [[.step], [.answer]])
        // A function that is named scores everything.
        configuration.reward.function = "own"
        #expect(functions() == ["own"] && configuration.scoring.sources[0].uses == nil)
        configuration.reward.function = nil
        configuration.phases = [PhaseConfiguration(method: .rlvr, steps: 1)]
        #expect(functions() == ["math.verify"] && configuration.scoring.sources[0].uses == nil)
        configuration.phases = [PhaseConfiguration(method: .srl, steps: 1, episode: .direct)]
        #expect(functions() == ["srl.trajectory"])
    }
}
