public import ModelCore

/// A stretch of a run with one method.
public struct PhaseConfiguration: Codable, Sendable, Equatable {
    public enum Method: String, Codable, Sendable, CaseIterable {
        /// Next-token loss on the expert's steps, in the form that SRL's completions have.
        case sft
        /// Supervised Reinforcement Learning (arXiv 2510.25992).
        case srl
    }

    public var method: Method
    /// Optimiser steps.
    public var steps: Int
    /// Of a step: whole trajectories for SFT, step instances (groups) for SRL.
    public var batchSize: Int
    /// The share [from, to) of the training trajectories that the phase uses, in the order of the file.
    public var portion: [Double]
    public var optimizer: OptimizerConfiguration
    public var grpo: GRPOConfiguration
    /// What SFT teaches to write between the tags.
    public var monologue: MonologueSource
    /// Tokens of one forward and backward pass; trees are not split, so a larger tree is a pass of its own.
    public var microBatchTokens: Int

    public init(
        method: Method, steps: Int, batchSize: Int = 32, portion: [Double] = [0, 1],
        optimizer: OptimizerConfiguration = .init(), grpo: GRPOConfiguration = .init(),
        monologue: MonologueSource = .empty, microBatchTokens: Int = 8192
    ) {
        self.method = method
        self.steps = steps
        self.batchSize = batchSize
        self.portion = portion
        self.optimizer = optimizer
        self.grpo = grpo
        self.monologue = monologue
        self.microBatchTokens = microBatchTokens
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        method = try values.decode(Method.self, forKey: .method)
        steps = try values.decode(Int.self, forKey: .steps)
        batchSize = try values.decodeIfPresent(Int.self, forKey: .batchSize) ?? 32
        portion = try values.decodeIfPresent([Double].self, forKey: .portion) ?? [0, 1]
        optimizer = try values.decodeIfPresent(OptimizerConfiguration.self, forKey: .optimizer) ?? .init()
        grpo = try values.decodeIfPresent(GRPOConfiguration.self, forKey: .grpo) ?? .init()
        monologue = try values.decodeIfPresent(MonologueSource.self, forKey: .monologue) ?? .empty
        microBatchTokens = try values.decodeIfPresent(Int.self, forKey: .microBatchTokens) ?? 8192
    }

    /// Whether a KL penalty refers to the model at the beginning of the phase.
    var needsReference: Bool { method == .srl && grpo.klCoefficient > 0 }

    func validate(at place: String) throws(TrainingError) {
        func require(_ condition: Bool, _ key: String, _ message: String) throws(TrainingError) {
            if !condition { throw TrainingError(.configuration, "'\(place).\(key)' \(message)") }
        }
        try require(steps >= 1, "steps", "is \(steps), and must be 1 or more")
        try require(batchSize >= 1, "batchSize", "is \(batchSize), and must be 1 or more")
        try require(
            portion.count == 2 && portion[0] >= 0 && portion[0] < portion[1] && portion[1] <= 1, "portion",
            "is \(portion), and must be two numbers from 0 to 1, the first below the second")
        try require(microBatchTokens >= 1, "microBatchTokens", "must be 1 or more")
        try require(
            optimizer.learningRate > 0 && optimizer.learningRate.isFinite, "optimizer.learningRate",
            "is \(optimizer.learningRate), and must be above 0")
        try require(optimizer.maximumGradientNorm > 0, "optimizer.maximumGradientNorm", "must be above 0")
        try require(optimizer.warmupSteps >= 0, "optimizer.warmupSteps", "is negative")
        guard method == .srl else { return }
        try require(grpo.groupSize >= 2, "grpo.groupSize", "is \(grpo.groupSize); a group needs 2 rollouts or more")
        try require(grpo.updatesPerBatch >= 1, "grpo.updatesPerBatch", "must be 1 or more")
        try require(grpo.clipLow > 0 && grpo.clipLow < 1, "grpo.clipLow", "must be between 0 and 1")
        try require(grpo.clipHigh > 0, "grpo.clipHigh", "must be above 0")
        try require(grpo.klCoefficient >= 0, "grpo.klCoefficient", "is negative")
        try require(
            grpo.sampling.temperature > 0, "grpo.sampling.temperature",
            "is \(grpo.sampling.temperature); rollouts of a group must differ, so it must be above 0")
        try require(grpo.dynamicSampling.threshold >= 0, "grpo.dynamicSampling.threshold", "is negative")
        try require(grpo.dynamicSampling.maximumDraws >= 1, "grpo.dynamicSampling.maximumDraws", "must be 1 or more")
        do {
            try grpo.sampling.validate()
        } catch {
            throw TrainingError(.configuration, "'\(place).grpo': \(error)")
        }
    }
}

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

    public init(
        learningRate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.95, epsilon: Float = 1e-8,
        weightDecay: Float = 0, warmupSteps: Int = 0, decay: LearningRateSchedule.Decay = .constant,
        finalRatio: Float = 0.1, maximumGradientNorm: Float = 1
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
    }

    var adamW: AdamWConfiguration {
        AdamWConfiguration(
            learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
    }

    var schedule: LearningRateSchedule {
        LearningRateSchedule(peak: learningRate, warmupSteps: warmupSteps, decay: decay, finalRatio: finalRatio)
    }
}

/// Group Relative Policy Optimisation, as SRL uses it. The names are TRL's and verl's in this project's spelling.
public struct GRPOConfiguration: Codable, Sendable, Equatable {
    /// G: rollouts of each step instance.
    public var groupSize: Int
    public var sampling: SamplingParameters
    public var advantage: GroupAdvantage.Scale
    /// Added to a group's standard deviation.
    public var advantageEpsilon: Double
    public var clipLow: Double
    public var clipHigh: Double
    public var klCoefficient: Double
    public var lossAggregation: LossAggregation
    /// Optimiser updates on one batch of rollouts, each on all of it.
    public var updatesPerBatch: Int
    public var dynamicSampling: DynamicSampling

    public init(
        groupSize: Int = 8, sampling: SamplingParameters = SamplingParameters(maximumTokens: 128),
        advantage: GroupAdvantage.Scale = .groupDeviation, advantageEpsilon: Double = 1e-6, clipLow: Double = 0.2,
        clipHigh: Double = 0.28, klCoefficient: Double = 0, lossAggregation: LossAggregation = .tokenMean,
        updatesPerBatch: Int = 1, dynamicSampling: DynamicSampling = .init()
    ) {
        self.groupSize = groupSize
        self.sampling = sampling
        self.advantage = advantage
        self.advantageEpsilon = advantageEpsilon
        self.clipLow = clipLow
        self.clipHigh = clipHigh
        self.klCoefficient = klCoefficient
        self.lossAggregation = lossAggregation
        self.updatesPerBatch = updatesPerBatch
        self.dynamicSampling = dynamicSampling
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let defaults = GRPOConfiguration()
        groupSize = try values.decodeIfPresent(Int.self, forKey: .groupSize) ?? defaults.groupSize
        sampling = try values.decodeIfPresent(SamplingParameters.self, forKey: .sampling) ?? defaults.sampling
        advantage = try values.decodeIfPresent(GroupAdvantage.Scale.self, forKey: .advantage) ?? defaults.advantage
        advantageEpsilon =
            try values.decodeIfPresent(Double.self, forKey: .advantageEpsilon) ?? defaults.advantageEpsilon
        clipLow = try values.decodeIfPresent(Double.self, forKey: .clipLow) ?? defaults.clipLow
        clipHigh = try values.decodeIfPresent(Double.self, forKey: .clipHigh) ?? defaults.clipHigh
        klCoefficient = try values.decodeIfPresent(Double.self, forKey: .klCoefficient) ?? defaults.klCoefficient
        lossAggregation =
            try values.decodeIfPresent(LossAggregation.self, forKey: .lossAggregation) ?? defaults.lossAggregation
        updatesPerBatch = try values.decodeIfPresent(Int.self, forKey: .updatesPerBatch) ?? defaults.updatesPerBatch
        dynamicSampling =
            try values.decodeIfPresent(DynamicSampling.self, forKey: .dynamicSampling) ?? defaults.dynamicSampling
    }

    var objective: ClippedObjective {
        ClippedObjective(clipLow: clipLow, clipHigh: clipHigh, klCoefficient: klCoefficient)
    }

    var groupAdvantage: GroupAdvantage { GroupAdvantage(scale: advantage, epsilon: advantageEpsilon) }
}
