import Foundation
import ServiceKit
import Synchronization
import Training

/// What a person sees of a run: a bar with reward, kept groups, tokens a second and the time left, and a line for every held-out
/// evaluation and finished phase.
final class TrainingDisplay: Sendable {
    private let configuration: TrainerConfiguration
    private let run: RunDirectory
    private let output = TerminalOutput.standardError
    private let progress = Mutex<ProgressDisplay?>(nil)
    /// The memory that the run was predicted to need, in bytes.
    private let prediction = Mutex(0)
    /// How the mirror did over the run.
    private let mirror = Mutex<MirrorReport?>(nil)
    /// Half a GiB: what is less concerns nobody.
    private static let notableMemory = 1 << 29

    init(_ configuration: TrainerConfiguration, run: RunDirectory) {
        self.configuration = configuration
        self.run = run
    }

    func show(_ event: TrainerEvent) {
        switch event {
        case .started(let completed, let total, let parameters):
            let phases = configuration.phases.map { "\($0.method.rawValue) \($0.steps)" }.joined(separator: ", ")
            output.writeLine(
                "\(completed == 0 ? "Training" : "Continuing after step \(completed) of") \(total) steps (\(phases)), \(parameters) parameters, in \(run.path)"
            )
            progress.withLock { $0 = ProgressDisplay(title: "train", total: total, completed: completed) }
        case .generating: break
        case .finishedStep(let metrics):
            if let heldOut = metrics.heldOut { output.writeLine(Self.line(heldOut, step: metrics.step)) }
            progress.withLock { $0?.update(completed: metrics.step, fields: Self.fields(metrics)) }
        case .checkpoint: break
        case .memory(let predicted, let description):
            prediction.withLock { $0 = predicted }
            if predicted >= Self.notableMemory { output.writeLine("Memory: \(description)") }
        case .mirrored(let report): mirror.withLock { $0 = report }
        case .dropped(let phase, let reasons):
            output.writeLine(
                "phase \(phase + 1): \(reasons.count) trajectories or steps are left out, such as \(reasons[0])")
        }
    }

    func finish() {
        progress.withLock { $0?.finish("Trained \(configuration.totalSteps) steps; the run is in \(run.path)") }
        if let report = mirror.withLock({ $0 }) { output.writeLine(Self.lines(report)) }
        let predicted = prediction.withLock { $0 }
        if predicted >= Self.notableMemory, let peak = MachineMemory.peak {
            output.writeLine(
                "Peak memory \(MemoryPlan.gibibytes(peak)), predicted \(MemoryPlan.gibibytes(predicted))")
        }
    }

    func interrupt(_ note: String?) { progress.withLock { $0?.finish(note) } }

    private static func line(_ heldOut: StepMetrics.HeldOut, step: Int) -> String {
        let what =
            heldOut.episode.map { "\(heldOut.trajectories) problems (\($0.rawValue))" }
            ?? "\(heldOut.instances) steps of \(heldOut.trajectories) trajectories"
        return
            "step \(step): held-out reward \(number(heldOut.reward)) [\(number(heldOut.low)), \(number(heldOut.high))]"
            + " over \(what), \(heldOut.formatViolations) format violations"
    }

    private static func lines(_ report: MirrorReport) -> String {
        var text =
            "Mirror \(report.fingerprint ?? "without an answer"): \(report.items) items of \(report.batches) batches compared, \(report.differing) differ"
        if let mean = report.meanDifference, let largest = report.largestDifference, report.differing > 0 {
            text += String(format: " (by %.4f on average over all, %.4f at most)", mean, largest)
        }
        if let agreement = report.rankAgreement {
            text += String(format: "; %.1f%% of pairs in groups are ordered alike", 100 * agreement)
        }
        text += "; \(report.errors) items it could not score"
        if let mean = report.latencyMean, let largest = report.latencyMaximum {
            text += String(format: "; %.3f s a batch, %.3f s at most", mean, largest)
        }
        if report.failedBatches + report.skippedBatches > 0 {
            text +=
                "\nMirror: \(report.failedBatches) batches failed, \(report.skippedBatches) were skipped because it was behind"
            if let failure = report.lastFailure { text += "; last failure: \(failure)" }
        }
        return text
    }

    private static func fields(_ metrics: StepMetrics) -> [ProgressDisplay.Field] {
        var fields: [ProgressDisplay.Field] = [("", metrics.method.rawValue)]
        if let reward = metrics.rewardMean { fields.append(("reward", number(reward))) }
        if let kept = metrics.groupsKept, let dropped = metrics.groupsDropped {
            fields.append(("kept", "\(kept)/\(kept + dropped)"))
        }
        if metrics.rewardMean == nil, let loss = metrics.loss { fields.append(("loss", number(loss))) }
        if let skipped = metrics.skippedUpdates { fields.append(("skipped", String(skipped))) }
        if let speed = metrics.tokensPerSecond { fields.append(("tokens/s", String(Int(speed)))) }
        return fields
    }

    private static func number(_ value: Double) -> String { String(format: "%.3f", value) }
}
