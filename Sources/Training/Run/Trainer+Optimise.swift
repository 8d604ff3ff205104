import Logging
import ModelCore

extension Trainer {
    /// Clips the gradients and applies them, unless they are not finite: then the weights stay as they are, and the update is counted.
    ///
    /// - Returns: the norm before clipping; nil where the update was left out.
    /// - Throws: ``TrainingError`` when too many in a row were.
    func optimise(
        _ phase: PhaseConfiguration, loss: Double, state: inout TrainerState, metrics: inout StepMetrics
    ) throws -> Double? {
        let norm = model.trainable.clipGradients(maximumNorm: phase.optimizer.maximumGradientNorm)
        guard norm.isFinite, loss.isFinite else {
            try skip(phase, loss: loss, norm: norm, state: &state, metrics: &metrics)
            return nil
        }
        state.skippedInARow = nil
        let rate = phase.optimizer.schedule.rate(step: state.stepInPhase, of: phase.steps)
        weightsAreAhead = true
        optimizer.step(learningRate: rate)
        metrics.learningRate = Double(rate)
        return Double(norm)
    }

    private func skip(
        _ phase: PhaseConfiguration, loss: Double, norm: Float, state: inout TrainerState, metrics: inout StepMetrics
    ) throws {
        let count = (state.skippedInARow ?? 0) + 1
        state.skippedInARow = count
        metrics.skippedUpdates = (metrics.skippedUpdates ?? 0) + 1
        let parameters = model.trainable
        let broken = try parameters.entries.first { entry in
            try parameters.gradient(entry.name).contains { !$0.isFinite }
        }
        let place = broken.map { "first in \($0.name)" } ?? "the loss is \(loss)"
        let maximum = phase.optimizer.maximumSkippedUpdates
        guard count < maximum else {
            let again = maximum > 1 ? ", as were those of the \(count - 1) updates before it" : ""
            throw TrainingError(
                .divergence,
                "the gradient of step \(state.step + 1) is not finite (norm \(norm), \(place))\(again): lower 'optimizer.learningRate' and resume from the last checkpoint; 'optimizer.maximumSkippedUpdates' says how many may be left out"
            )
        }
        logger.warning(
            "the gradient is not finite: the update was left out and the weights stay as they are",
            metadata: [
                "step": "\(state.step + 1)", "norm": "\(norm)", "place": "\(place)", "inARow": "\(count)",
                "endsTheRunAt": "\(maximum)",
            ])
    }
}
