import Foundation

/// The learning rate over a run: a linear warm-up to the peak, then constant, linear or cosine decay to a share of it.
public struct LearningRateSchedule: Codable, Sendable, Equatable {
    public enum Decay: String, Codable, Sendable, CaseIterable {
        case constant, linear, cosine
    }

    /// The learning rate at the end of the warm-up.
    public var peak: Float
    /// Steps of warm-up; the first step already moves.
    public var warmupSteps: Int
    public var decay: Decay
    /// What the decay falls to, as a share of the peak. It is reached by the step after the last, so that every step counts.
    public var finalRatio: Float

    public init(peak: Float, warmupSteps: Int = 0, decay: Decay = .constant, finalRatio: Float = 0) {
        self.peak = peak
        self.warmupSteps = warmupSteps
        self.decay = decay
        self.finalRatio = finalRatio
    }

    /// The rate of a step, counted from 0, of `total` steps.
    public func rate(step: Int, of total: Int) -> Float {
        if step < warmupSteps { return peak * Float(step + 1) / Float(warmupSteps) }
        let span = max(1, total - warmupSteps)
        let progress = min(1, Float(step - warmupSteps) / Float(span))
        let share: Float =
            switch decay {
            case .constant: 1
            case .linear: 1 - progress
            case .cosine: 0.5 * (1 + cos(.pi * progress))
            }
        return decay == .constant ? peak : peak * (finalRatio + (1 - finalRatio) * share)
    }
}
