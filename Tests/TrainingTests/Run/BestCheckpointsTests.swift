import Foundation
import Testing
import Training

@Suite struct BestCheckpointsTests {
    @Test func theBestAreKeptWhereverTheyAre() async throws {
        var small = try SmallRun()
        small.configuration.evaluation.interval = 2
        small.configuration.checkpoints = CheckpointConfiguration(interval: 5, keepLast: 1, keepBest: 2)
        let run = try small.create("run")
        try await small.trainer(run).train()

        let evaluated = try run.metrics().filter { $0.step > 0 }.compactMap { line in
            line.heldOut.map { (step: line.step, reward: $0.reward) }
        }
        try #require(evaluated.count == 8)
        let best = evaluated.sorted { ($1.reward, $0.step) < ($0.reward, $1.step) }.prefix(2).map(\.step)
        // The ends of phases and the last stay anyway.
        #expect(run.checkpointSteps() == Set(best + [12, 16]).sorted())
        let link = try FileManager.default.destinationOfSymbolicLink(atPath: run.path + "/checkpoints/best")
        #expect(link == "step-\(best[0])")
    }

    @Test func withoutEvaluationsNothingIsBest() throws {
        var small = try SmallRun()
        small.configuration.evaluation.interval = 0
        small.configuration.checkpoints.keepBest = 1
        #expect { try small.configuration.validate() } throws: {
            "\($0)".contains(
                "'checkpoints.keepBest' is 1, and nothing tells which are best: set 'evaluation.interval' too")
        }
    }
}
