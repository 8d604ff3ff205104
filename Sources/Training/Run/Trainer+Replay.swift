import Foundation
import ModelCore

/// A step that was done again from its stored rollouts.
public struct ReplayedStep: Sendable, Equatable {
    /// A number that the run has recorded and the repetition has not given again.
    public struct Difference: Sendable, Equatable {
        public let metric: String
        public let recorded: Double?
        public let repeated: Double?
    }

    public let step: Int
    public let method: PhaseConfiguration.Method
    /// Rollouts that were read; 0 for a step of SFT.
    public let rollouts: Int
    /// The metrics that are compared; empty where the run has no line of the step.
    public let compared: [String]
    public let differences: [Difference]
}

/// The end of a replay.
public struct ReplayedParameters: Sendable, Equatable {
    /// Of the model, what is trained.
    public let count: Int
    /// Those that differ from the checkpoint's.
    public let differing: Int
    public let largestDifference: Double
}

extension Trainer {
    /// Makes the updates of steps again, of SRL and RLVR from the stored rollouts and their scores: nothing is drawn, scored or written.
    ///
    /// The trainer has been made with the step of the checkpoint to begin from (`replayed`).
    ///
    /// - Throws: ``TrainingError`` when the rollouts of a step were not kept.
    public func replay(through last: Int) throws -> [ReplayedStep] {
        try check()
        var steps: [ReplayedStep] = []
        let recorded = try run.metrics()
        while state.step < last, state.phase < configuration.phases.count {
            let index = state.phase
            let phase = configuration.phases[index]
            let data = try stepData(of: phase, index)
            let reference = phase.needsReference ? try reference(index) : nil
            while state.step < last, state.phase == index {
                try Task.checkCancellation()
                var next = state
                let step = state.step + 1
                var metrics = StepMetrics(step: step, phase: index, method: phase.method)
                var rollouts = 0
                if phase.method == .sft {
                    metrics = try supervisedStep(phase, data: data, state: &next)
                } else {
                    var groups = try storedGroups(of: step, data: data)
                    rollouts = groups.reduce(0) { $0 + $1.rollouts.count }
                    for index in groups.indices {
                        groups[index].isKept = phase.grpo.dynamicSampling.keeps(groups[index].rewards)
                    }
                    try learn(from: &groups, phase, data: data, reference: reference, state: &next, metrics: &metrics)
                }
                let isEnd = advance(next, phase)
                let line = recorded.last { $0.step == step }
                steps.append(
                    ReplayedStep(
                        step: step, method: phase.method, rollouts: rollouts,
                        compared: line == nil ? [] : Self.compared.map(\.name),
                        differences: line.map { Self.differences($0, metrics) } ?? []))
                if isEnd { beginOptimizer() }
            }
        }
        return steps
    }

    /// Compares what is trained with a checkpoint of the run.
    public func compareParameters(withCheckpoint path: String) throws -> ReplayedParameters {
        let purpose = ModelPurpose.inference(weights: configuration.model.weights)
        let expected = try Checkpoint.load(from: path, for: purpose).model.trainable.snapshot()
        let found = model.trainable.snapshot()
        let differences = zip(expected, found).map { abs(Double($0) - Double($1)) }
        return ReplayedParameters(
            count: found.count, differing: zip(expected, found).count { $0.bitPattern != $1.bitPattern },
            largestDifference: differences.max() ?? 0)
    }

    private func storedGroups(of step: Int, data: StepData) throws -> [RolloutGroup] {
        let path = run.rolloutsPath + "/" + RolloutLog.file(of: step)
        guard FileManager.default.fileExists(atPath: path) else {
            throw TrainingError(
                .runDirectory,
                "\(path) is not there: a step can be replayed whose rollouts were kept, as were those before it back to a checkpoint ('rolloutLogInterval: 1')"
            )
        }
        return try RolloutLog.groups(try RolloutLog.read(path), data: data)
    }

    /// The metrics that updates give.
    private static let compared: [(name: String, value: @Sendable (StepMetrics) -> Double?)] = [
        ("loss", { $0.loss }), ("gradientNorm", { $0.gradientNorm }), ("learningRate", { $0.learningRate }),
        ("entropy", { $0.entropy }), ("ratioMean", { $0.ratioMean }), ("ratioMaximum", { $0.ratioMaximum }),
        ("clipFraction", { $0.clipFraction }), ("approximateKL", { $0.approximateKL }), ("kl", { $0.kl }),
        ("firstRatioDeviation", { $0.firstRatioDeviation }),
        ("updates", { $0.updates.map(Double.init) }), ("trainedTokens", { $0.trainedTokens.map(Double.init) }),
    ]

    private static func differences(_ recorded: StepMetrics, _ repeated: StepMetrics) -> [ReplayedStep.Difference] {
        compared.compactMap { name, value in
            value(recorded) == value(repeated)
                ? nil : .init(metric: name, recorded: value(recorded), repeated: value(repeated))
        }
    }
}
