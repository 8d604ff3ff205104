import Foundation
import ModelCore
import ServiceAPI
import Training
import Trajectory

/// The demo's task, model and training, in one place.
struct DemoPlan: Sendable {
    let seed: UInt64
    let quick: Bool
    let output: String
    let rewardURL: String

    private let easyOperands = 2...5
    private let hardOperands = 6...6
    private var easyCount: Int { 16_000 }
    private var hardCount: Int { 4000 }
    var problems: Int { quick ? 10 : 100 }
    let samples = 8

    private var baseSteps: Int { quick ? 20 : 1600 }
    private var policySteps: Int { quick ? 3 : 200 }

    var benchmark: String { output + "/data/held-out.jsonl" }
    private var training: String { output + "/data/train.jsonl" }

    var checkpoints: [(name: String, step: Int)] {
        [("base", baseSteps), ("SRL", baseSteps + policySteps)]
    }

    var introduction: String {
        """
        Task: sums of two-digit numbers without carries, an operation a step, such as 71+05-32 -> 76-32 -> 44. Base is pretrained
        on \(easyOperands.lowerBound) to \(easyOperands.upperBound) operands, then SRL trains on \(hardOperands.upperBound), which \
        base cannot do. Held out: \(problems) problems of \(hardOperands.upperBound) operands.
        """
    }

    /// Writes the trajectories: easy ones first, then hard ones, and held-out hard ones in a file of their own.
    func writeData() throws {
        try FileManager.default.createDirectory(atPath: output + "/data", withIntermediateDirectories: true)
        let easy = ArithmeticTask(operands: easyOperands, seed: seed).trajectories(easyCount, prefix: "easy")
        let hardTask = ArithmeticTask(operands: hardOperands, seed: seed &+ 1)
        let hard = hardTask.trajectories(hardCount + problems, prefix: "hard")
        let heldOut = hard.suffix(problems)
        // A sum may be drawn twice; the second could be held out while the first is trained on.
        let questions = Set(heldOut.map(\.problem))
        let kept = (easy + hard.dropLast(problems)).filter { !questions.contains($0.problem) }
        try TrajectoryFile.write(kept, to: training)
        try TrajectoryFile.write(heldOut, to: benchmark)
    }

    var configuration: TrainerConfiguration {
        let bound = Double(easyCount) / Double(easyCount + hardCount)
        return TrainerConfiguration(
            seed: seed,
            data: DataConfiguration(train: training, heldOut: benchmark, heldOutFraction: 0),
            model: ModelSource(fresh: FreshModel(maximumPositions: 512)),
            reward: RewardConfiguration(urls: [rewardURL]),
            phases: [
                PhaseConfiguration(
                    method: .sft, steps: baseSteps, batchSize: 32, portion: [0, bound],
                    optimizer: OptimizerConfiguration(
                        learningRate: 2e-3, warmupSteps: 20, decay: .cosine, finalRatio: 0.1)),
                PhaseConfiguration(
                    method: .srl, steps: policySteps, batchSize: 64, portion: [bound, 1],
                    optimizer: OptimizerConfiguration(learningRate: 1e-4, beta2: 0.99, warmupSteps: 5),
                    grpo: GRPOConfiguration(
                        groupSize: 8, sampling: SamplingParameters(maximumTokens: 40),
                        dynamicSampling: DynamicSampling(threshold: 0.01, maximumDraws: 2))),
            ],
            evaluation: HeldOutConfiguration(interval: quick ? 10 : 200, instances: 200),
            checkpoints: CheckpointConfiguration(interval: 50, keepLast: 1), rolloutLogInterval: 10)
    }

    /// What the evaluator is asked, but for the paths.
    var request: EvaluationRequest {
        EvaluationRequest(
            checkpoint: "", benchmark: "", episode: .stepwise, template: "compact",
            sampling: EvaluationSampling(temperature: 1, maximumTokens: 40), samplesPerProblem: samples,
            maximumSteps: hardOperands.upperBound + 2, seed: seed)
    }
}
