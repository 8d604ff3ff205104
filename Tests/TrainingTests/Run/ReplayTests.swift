import Foundation
import Testing
import Training

/// Updates made again from what a run has stored.
@Suite struct ReplayTests {
    private func replay(_ small: SmallRun, _ run: RunDirectory, after: Int, through last: Int) async throws
        -> (steps: [ReplayedStep], parameters: ReplayedParameters)
    {
        let trainer = try Trainer(
            small.configuration, data: TrainingData(small.configuration.data, seed: small.configuration.seed),
            rewards: small.list(.always(FailingRewards(failure: "nobody asks"))), run: run, replayed: after,
            logger: .silent)
        let steps = try await trainer.replay(through: last)
        return (steps, try await trainer.compareParameters(withCheckpoint: run.checkpoint(at: last)))
    }

    @Test func everyStepGivesTheSameAgain() async throws {
        var small = try SmallRun()
        small.configuration.phases[1].grpo.klCoefficient = 0.05
        small.configuration.phases[1].grpo.updatesPerBatch = 2
        small.configuration.phases.append(small.policyPhase(.rlvr, episode: .stepwise))
        let run = try await small.train("run").run
        let files = try FileManager.default.subpathsOfDirectory(atPath: run.path).sorted()
        // From the beginning, through SFT and both phases of rollouts; and from a checkpoint within a phase.
        for (first, last) in [(0, 18), (15, 16)] {
            let (steps, parameters) = try await replay(small, run, after: first, through: last)
            #expect(steps.map(\.step) == Array(first + 1...last))
            #expect(steps.allSatisfy { $0.differences.isEmpty && $0.compared.contains("gradientNorm") })
            #expect(parameters.differing == 0 && parameters.count > 1000)
            #expect(steps.last?.rollouts != 0)
        }
        #expect(try FileManager.default.subpathsOfDirectory(atPath: run.path).sorted() == files)
    }

    @Test func whatDiffersIsNamed() async throws {
        var small = try SmallRun()
        let run = try await small.train("run").run
        small.configuration.phases[1].optimizer.learningRate = 5e-4
        let (steps, parameters) = try await replay(small, run, after: 12, through: 15)
        #expect(steps[0].differences.map(\.metric) == ["learningRate"])
        #expect(steps[1].differences.contains { $0.metric == "loss" })
        #expect(parameters.differing > 0 && parameters.largestDifference > 0)
    }

    @Test func withoutTheRolloutsItSaysSo() async throws {
        let small = try SmallRun()
        let run = try await small.train("run").run
        try FileManager.default.removeItem(atPath: run.path + "/rollouts/step-14.jsonl.zst")
        await #expect {
            _ = try await replay(small, run, after: 12, through: 15)
        } throws: {
            "\($0)".contains("step-14.jsonl.zst is not there") && "\($0)".contains("rolloutLogInterval: 1")
        }
    }
}
