public import ModelCore

/// AdamW and the course of its learning rate.
public struct OptimizerConfiguration: Codable, Sendable, Equatable {
    /// The peak, after the warm-up.
    public var learningRate: Float
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float
    public var weightDecay: Float
    public var warmupSteps: Int
    public var decay: LearningRateSchedule.Decay
    /// What the decay falls to at the end, as a share of the peak.
    public var finalRatio: Float
    public var maximumGradientNorm: Float
    /// A gradient that is not finite is not applied. So many such updates in a row end the run; 1 ends it at the first.
    public var maximumSkippedUpdates: Int

    public init(
        learningRate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.95, epsilon: Float = 1e-8,
        weightDecay: Float = 0, warmupSteps: Int = 0, decay: LearningRateSchedule.Decay = .constant,
        finalRatio: Float = 0.1, maximumGradientNorm: Float = 1, maximumSkippedUpdates: Int = 5
    ) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.warmupSteps = warmupSteps
        self.decay = decay
        self.finalRatio = finalRatio
        self.maximumGradientNorm = maximumGradientNorm
        self.maximumSkippedUpdates = maximumSkippedUpdates
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let defaults = OptimizerConfiguration()
        learningRate = try values.decodeIfPresent(Float.self, forKey: .learningRate) ?? defaults.learningRate
        beta1 = try values.decodeIfPresent(Float.self, forKey: .beta1) ?? defaults.beta1
        beta2 = try values.decodeIfPresent(Float.self, forKey: .beta2) ?? defaults.beta2
        epsilon = try values.decodeIfPresent(Float.self, forKey: .epsilon) ?? defaults.epsilon
        weightDecay = try values.decodeIfPresent(Float.self, forKey: .weightDecay) ?? defaults.weightDecay
        warmupSteps = try values.decodeIfPresent(Int.self, forKey: .warmupSteps) ?? defaults.warmupSteps
        decay = try values.decodeIfPresent(LearningRateSchedule.Decay.self, forKey: .decay) ?? defaults.decay
        finalRatio = try values.decodeIfPresent(Float.self, forKey: .finalRatio) ?? defaults.finalRatio
        maximumGradientNorm =
            try values.decodeIfPresent(Float.self, forKey: .maximumGradientNorm) ?? defaults.maximumGradientNorm
        maximumSkippedUpdates =
            try values.decodeIfPresent(Int.self, forKey: .maximumSkippedUpdates) ?? defaults.maximumSkippedUpdates
    }

    func validate(at place: String) throws(TrainingError) {
        func require(_ condition: Bool, _ key: String, _ message: String) throws(TrainingError) {
            if !condition { throw TrainingError(.configuration, "'\(place).\(key)' \(message)") }
        }
        try require(
            learningRate > 0 && learningRate.isFinite, "learningRate", "is \(learningRate), and must be above 0")
        try require(maximumGradientNorm > 0, "maximumGradientNorm", "must be above 0")
        try require(warmupSteps >= 0, "warmupSteps", "is negative")
        try require(maximumSkippedUpdates >= 1, "maximumSkippedUpdates", "must be 1 or more")
    }

    var adamW: AdamWConfiguration {
        AdamWConfiguration(
            learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
    }

    var schedule: LearningRateSchedule {
        LearningRateSchedule(peak: learningRate, warmupSteps: warmupSteps, decay: decay, finalRatio: finalRatio)
    }
}
