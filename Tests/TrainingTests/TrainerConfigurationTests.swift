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
            ("phases[1].grpo.dynamicSampling.threshold", { $0.phases[1].grpo.dynamicSampling.threshold = -1 }),
            ("phases[1].grpo.dynamicSampling.maximumDraws", { $0.phases[1].grpo.dynamicSampling.maximumDraws = 0 }),
        ]
        for (key, change) in changes {
            let text = try message(change)
            #expect(text.hasPrefix("'\(key)' "), "\(key): \(text)")
        }
        #expect(try message { $0.phases[1].grpo.sampling.topP = 0 }.hasPrefix("'phases[1].grpo': "))
        // What SFT does not use is not looked at.
        #expect(try message { $0.phases[0].grpo.groupSize = 0 } == "")
    }
}
