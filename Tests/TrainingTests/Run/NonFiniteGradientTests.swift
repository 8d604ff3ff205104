import Testing
import Training

/// A reward so large that its gradient has no Float32.
@Suite struct NonFiniteGradientTests {
    private func run(
        broken: @escaping @Sendable (_ call: Int) -> Bool, steps: Int, maximum: Int
    ) async throws -> (small: SmallRun, rewards: RewardsByText) {
        let small = try SmallRun()
        var phase = small.policyPhase { $0.advantage = .none }
        phase.steps = steps
        phase.optimizer.maximumSkippedUpdates = maximum
        let rewards = RewardsByText { call, text in
            Double(text.utf8.count % 5) / 4 * (broken(call) ? 1e300 : 1)
        }
        return (try await small.pretrained(phase), rewards)
    }

    @Test func theUpdateIsLeftOutAndCounted() async throws {
        let (small, rewards) = try await run(broken: { $0 == 1 }, steps: 3, maximum: 2)
        let lines = try await small.train("run", rewards: rewards).lines
        #expect(lines.map(\.skippedUpdates) == [nil, 1, nil] && lines.map(\.updates) == [1, 0, 1])
        #expect(lines[1].gradientNorm == nil && lines[2].gradientNorm != nil)
    }

    @Test func theWeightsStayAsTheyWere() async throws {
        let (small, rewards) = try await run(broken: { _ in true }, steps: 1, maximum: 2)
        let run = try small.create("run")
        let trainer = try small.trainer(run, rewards: rewards)
        let before = await trainer.parameters()
        try await trainer.train()
        #expect(await trainer.parameters() == before)
    }

    @Test func tooManyInARowEndTheRunAfterACheckpoint() async throws {
        let (small, rewards) = try await run(broken: { $0 > 0 }, steps: 9, maximum: 3)
        let run = try small.create("run")
        await #expect {
            try await small.trainer(run, rewards: rewards).train()
        } throws: {
            let message = "\($0)"
            return message.hasPrefix("the gradient of step 4 is not finite (norm ")
                && message.contains("first in model.") && message.contains("as were those of the 2 updates before it")
        }
        #expect(try run.metrics().map(\.step) == [1, 2, 3] && run.checkpointSteps() == [3])
    }

    @Test func aResumedRunGoesOnCounting() async throws {
        let (small, rewards) = try await run(broken: { $0 > 0 }, steps: 9, maximum: 3)
        let run = try small.create("run")
        await #expect(throws: TrainingError.self) { try await small.trainer(run, rewards: rewards).train() }
        await #expect {
            try await small.trainer(run, rewards: rewards, resuming: true).train()
        } throws: {
            "\($0)".contains("the gradient of step 4 is not finite")
        }
    }
}
