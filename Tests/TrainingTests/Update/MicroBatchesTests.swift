import ModelCore
import Testing
import Training

/// How a batch is cut into passes is a matter of memory, not of the result.
@Suite struct MicroBatchesTests {
    /// One step with a budget of tokens a pass; 1 makes every tree a pass of its own.
    private func step(_ small: SmallRun, budget: Int, name: String) async throws -> StepMetrics {
        var small = small
        small.configuration.phases[0].microBatchTokens = budget
        let run = try small.create("\(name)-\(budget)")
        try await small.trainer(run).train()
        return try #require(run.metrics().last)
    }

    private func expectSame(_ small: SmallRun, name: String) async throws {
        let whole = try await step(small, budget: 100_000, name: name)
        for budget in [1, 150] {
            let cut = try await step(small, budget: budget, name: name)
            for key in [\StepMetrics.loss, \.gradientNorm, \.entropy] {
                let (left, right) = (try #require(cut[keyPath: key]), try #require(whole[keyPath: key]))
                #expect(abs(left - right) <= 1e-4 * max(abs(right), 1e-2), "\(name), budget \(budget)")
            }
            // Trees are not split: no context is computed twice.
            #expect(cut.trainedTokens == whole.trainedTokens)
            #expect(cut.rewardMean == whole.rewardMean && cut.groupsKept == whole.groupsKept)
        }
    }

    @Test func supervised() async throws {
        var small = try SmallRun()
        small.configuration.evaluation.interval = 0
        small.configuration.phases = [PhaseConfiguration(method: .sft, steps: 1, batchSize: 16)]
        try await expectSame(small, name: "sft")
    }

    @Test(arguments: LossAggregation.allCases)
    func policy(aggregation: LossAggregation) async throws {
        try await expectSamePolicy { $0.lossAggregation = aggregation }
    }

    @Test func policyWithSequenceRatiosEntropiesAndCorrection() async throws {
        try await expectSamePolicy {
            $0.importanceSamplingLevel = .sequence
            $0.lossAggregation = .sequenceSumNormalized
            $0.entropyCoefficient = 0.01
            $0.rolloutCorrection = RolloutCorrection(mode: .sequenceTruncate)
            $0.advantage = .batchDeviation
        }
    }

    private func expectSamePolicy(_ change: (inout GRPOConfiguration) -> Void) async throws {
        var small = try SmallRun()
        small.configuration.evaluation.interval = 0
        let policy = small.configuration.phases[1]
        small.configuration.phases.removeLast()
        let pretrained = try small.create("pretrained")
        try await small.trainer(pretrained).train()

        small.configuration.model = ModelSource(checkpoint: pretrained.checkpoint(at: 12))
        small.configuration.phases = [policy]
        small.configuration.phases[0].steps = 1
        change(&small.configuration.phases[0].grpo)
        // The reference is the model itself, so that k3 is 0 and its gradient too.
        small.configuration.phases[0].grpo.klCoefficient = 0.1
        try await expectSame(small, name: "srl")
    }
}
