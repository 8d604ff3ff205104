public import ModelCore

/// Group Relative Policy Optimisation, as SRL and RLVR use it. The names are TRL's and verl's in this project's spelling.
public struct GRPOConfiguration: Codable, Sendable, Equatable {
    /// G: rollouts of each step instance or problem.
    public var groupSize: Int
    public var sampling: SamplingParameters
    /// How the weights are stored while rollouts are drawn. BFloat16 decodes faster and draws from a slightly different policy.
    public var rolloutWeights: WeightPrecision
    public var rolloutCorrection: RolloutCorrection
    public var advantage: GroupAdvantage.Scale
    /// Added to the standard deviation.
    public var advantageEpsilon: Double
    /// Delta degrees of freedom of the standard deviation.
    public var advantageDdof: Int
    public var importanceSamplingLevel: ImportanceSamplingLevel
    public var clipLow: Double
    public var clipHigh: Double
    public var clipDual: Double?
    public var klCoefficient: Double
    public var klEstimator: KLEstimator
    public var klPlacement: KLPlacement
    public var entropyCoefficient: Double
    public var lossAggregation: LossAggregation
    public var overlong: Overlong
    /// How often each rollout of a batch is trained on (TRL's `num_iterations`, verl's `ppo_epochs`).
    public var updatesPerBatch: Int
    /// Parts of a batch, whole groups, each an update of its own (verl's `ppo_mini_batch_size`, as a number of parts).
    public var minibatches: Int
    public var dynamicSampling: DynamicSampling

    public init(
        groupSize: Int = 8, sampling: SamplingParameters = SamplingParameters(maximumTokens: 128),
        rolloutWeights: WeightPrecision = .float32, rolloutCorrection: RolloutCorrection = .init(),
        advantage: GroupAdvantage.Scale = .groupDeviation, advantageEpsilon: Double = 1e-6, advantageDdof: Int = 0,
        importanceSamplingLevel: ImportanceSamplingLevel = .token, clipLow: Double = 0.2, clipHigh: Double = 0.28,
        clipDual: Double? = nil, klCoefficient: Double = 0, klEstimator: KLEstimator = .k3,
        klPlacement: KLPlacement = .loss, entropyCoefficient: Double = 0, lossAggregation: LossAggregation = .tokenMean,
        overlong: Overlong = .init(), updatesPerBatch: Int = 1, minibatches: Int = 1,
        dynamicSampling: DynamicSampling = .init()
    ) {
        self.groupSize = groupSize
        self.sampling = sampling
        self.rolloutWeights = rolloutWeights
        self.rolloutCorrection = rolloutCorrection
        self.advantage = advantage
        self.advantageEpsilon = advantageEpsilon
        self.advantageDdof = advantageDdof
        self.importanceSamplingLevel = importanceSamplingLevel
        self.clipLow = clipLow
        self.clipHigh = clipHigh
        self.clipDual = clipDual
        self.klCoefficient = klCoefficient
        self.klEstimator = klEstimator
        self.klPlacement = klPlacement
        self.entropyCoefficient = entropyCoefficient
        self.lossAggregation = lossAggregation
        self.overlong = overlong
        self.updatesPerBatch = updatesPerBatch
        self.minibatches = minibatches
        self.dynamicSampling = dynamicSampling
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ key: CodingKeys, _ initial: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? initial
        }
        let defaults = GRPOConfiguration()
        groupSize = try value(.groupSize, defaults.groupSize)
        sampling = try value(.sampling, defaults.sampling)
        rolloutWeights = try value(.rolloutWeights, defaults.rolloutWeights)
        rolloutCorrection = try value(.rolloutCorrection, defaults.rolloutCorrection)
        advantage = try value(.advantage, defaults.advantage)
        advantageEpsilon = try value(.advantageEpsilon, defaults.advantageEpsilon)
        advantageDdof = try value(.advantageDdof, defaults.advantageDdof)
        importanceSamplingLevel = try value(.importanceSamplingLevel, defaults.importanceSamplingLevel)
        clipLow = try value(.clipLow, defaults.clipLow)
        clipHigh = try value(.clipHigh, defaults.clipHigh)
        clipDual = try values.decodeIfPresent(Double.self, forKey: .clipDual)
        klCoefficient = try value(.klCoefficient, defaults.klCoefficient)
        klEstimator = try value(.klEstimator, defaults.klEstimator)
        klPlacement = try value(.klPlacement, defaults.klPlacement)
        entropyCoefficient = try value(.entropyCoefficient, defaults.entropyCoefficient)
        lossAggregation = try value(.lossAggregation, defaults.lossAggregation)
        overlong = try value(.overlong, defaults.overlong)
        updatesPerBatch = try value(.updatesPerBatch, defaults.updatesPerBatch)
        minibatches = try value(.minibatches, defaults.minibatches)
        dynamicSampling = try value(.dynamicSampling, defaults.dynamicSampling)
    }

    /// The loss of tokens; a penalty in the reward is not in it.
    var objective: ClippedObjective {
        ClippedObjective(
            clipLow: clipLow, clipHigh: clipHigh, clipDual: clipDual,
            klCoefficient: klPlacement == .loss ? klCoefficient : 0, klEstimator: klEstimator)
    }

    var groupAdvantage: GroupAdvantage {
        GroupAdvantage(scale: advantage, epsilon: advantageEpsilon, ddof: advantageDdof)
    }

    func validate(at place: String) throws(TrainingError) {
        func require(_ condition: Bool, _ key: String, _ message: String) throws(TrainingError) {
            if !condition { throw TrainingError(.configuration, "'\(place).\(key)' \(message)") }
        }
        try require(groupSize >= 2, "groupSize", "is \(groupSize); a group needs 2 rollouts or more")
        try require(updatesPerBatch >= 1, "updatesPerBatch", "must be 1 or more")
        try require(minibatches >= 1, "minibatches", "must be 1 or more")
        try require(
            advantageEpsilon >= 0 && advantageEpsilon.isFinite, "advantageEpsilon",
            "is \(advantageEpsilon), and must be 0 or more")
        try require(
            (0...1).contains(advantageDdof), "advantageDdof",
            "is \(advantageDdof), and must be 0 (the population's deviation) or 1 (a sample's)")
        try require(clipLow > 0 && clipLow < 1, "clipLow", "must be between 0 and 1")
        try require(clipHigh > 0, "clipHigh", "must be above 0")
        if let clipDual {
            try require(
                clipDual > 1 + clipHigh && clipDual.isFinite, "clipDual",
                "is \(clipDual), and must be above 1 + clipHigh, which is \(1 + clipHigh)")
        }
        try require(klCoefficient >= 0 && klCoefficient.isFinite, "klCoefficient", "must be 0 or more")
        try require(
            entropyCoefficient.isFinite && entropyCoefficient.magnitude <= 1, "entropyCoefficient",
            "is \(entropyCoefficient), and must be -1 to 1")
        try require(
            sampling.temperature > 0, "sampling.temperature",
            "is \(sampling.temperature); rollouts of a group must differ, so it must be above 0")
        try require(
            dynamicSampling.threshold >= 0 && dynamicSampling.threshold.isFinite, "dynamicSampling.threshold",
            "must be 0 or more")
        try require(dynamicSampling.maximumDraws >= 1, "dynamicSampling.maximumDraws", "must be 1 or more")
        try require(overlong.bufferTokens >= 0, "overlong.bufferTokens", "is negative")
        try require(
            overlong.penaltyFactor >= 0 && overlong.penaltyFactor.isFinite, "overlong.penaltyFactor",
            "must be 0 or more")
        try require(
            rolloutCorrection.cap > 0 && rolloutCorrection.cap.isFinite, "rolloutCorrection.cap", "must be above 0")
        do {
            try sampling.validate()
        } catch {
            throw TrainingError(.configuration, "'\(place)': \(error)")
        }
    }
}
