public import Trajectory

/// What `stepwise-trainer train --config` reads. Every key has its default here, in one place.
public struct TrainerConfiguration: Codable, Sendable, Equatable {
    /// Determines the fresh model, the order of instances and every rollout.
    public var seed: UInt64
    public var data: DataConfiguration
    public var model: ModelSource
    public var reward: RewardConfiguration
    public var phases: [PhaseConfiguration]
    public var memory: MemoryConfiguration
    public var evaluation: HeldOutConfiguration
    public var checkpoints: CheckpointConfiguration
    /// Every how many steps the rollouts are written to `rollouts/`; 0 for never.
    public var rolloutLogInterval: Int
    /// Whether the metrics are also written as TensorBoard event files.
    public var tensorBoard: Bool

    public init(
        seed: UInt64 = 0, data: DataConfiguration, model: ModelSource, reward: RewardConfiguration = .init(),
        phases: [PhaseConfiguration], memory: MemoryConfiguration = .init(), evaluation: HeldOutConfiguration = .init(),
        checkpoints: CheckpointConfiguration = .init(), rolloutLogInterval: Int = 1, tensorBoard: Bool = true
    ) {
        self.seed = seed
        self.data = data
        self.model = model
        self.reward = reward
        self.phases = phases
        self.memory = memory
        self.evaluation = evaluation
        self.checkpoints = checkpoints
        self.rolloutLogInterval = rolloutLogInterval
        self.tensorBoard = tensorBoard
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        seed = try values.decodeIfPresent(UInt64.self, forKey: .seed) ?? 0
        data = try values.decode(DataConfiguration.self, forKey: .data)
        model = try values.decode(ModelSource.self, forKey: .model)
        reward = try values.decodeIfPresent(RewardConfiguration.self, forKey: .reward) ?? .init()
        phases = try values.decode([PhaseConfiguration].self, forKey: .phases)
        memory = try values.decodeIfPresent(MemoryConfiguration.self, forKey: .memory) ?? .init()
        evaluation = try values.decodeIfPresent(HeldOutConfiguration.self, forKey: .evaluation) ?? .init()
        checkpoints = try values.decodeIfPresent(CheckpointConfiguration.self, forKey: .checkpoints) ?? .init()
        rolloutLogInterval = try values.decodeIfPresent(Int.self, forKey: .rolloutLogInterval) ?? 1
        tensorBoard = try values.decodeIfPresent(Bool.self, forKey: .tensorBoard) ?? true
    }

    /// The steps of all phases together.
    public var totalSteps: Int { phases.reduce(0) { $0 + $1.steps } }

    /// Whether anything in the run is scored.
    public var needsRewards: Bool { evaluation.interval > 0 || phases.contains(where: \.drawsRollouts) }

    /// The rewards with what the phases and the evaluation need scored.
    public var scoring: RewardConfiguration {
        var scoring = reward
        var needed = Set(phases.compactMap(\.rewardUse))
        if evaluation.interval > 0 { needed.insert(evaluated.use) }
        scoring.uses = needed.isEmpty ? [.step] : RewardUse.allCases.filter(needed.contains)
        return scoring
    }

    /// What the held-out evaluation completes, and the phase that says how: single steps where the run learns any, else what its last phase
    /// of rollouts draws.
    var evaluated: (episode: PhaseConfiguration.Episode, use: RewardUse, phase: PhaseConfiguration?) {
        let drawing = phases.filter(\.drawsRollouts)
        let phase =
            if let episode = evaluation.episode { drawing.last { $0.episode == episode } } else {
                drawing.last { $0.episode == .step } ?? drawing.last
            }
        let episode = evaluation.episode ?? phase?.episode ?? .step
        return (episode, episode == .step ? .step : phase?.rewardUse ?? .answer, phase)
    }

    /// - Throws: ``TrainingError`` naming the key whose value makes no sense.
    public func validate() throws(TrainingError) {
        func require(_ condition: Bool, _ key: String, _ message: String) throws(TrainingError) {
            if !condition { throw TrainingError(.configuration, "'\(key)' \(message)") }
        }
        try require(!phases.isEmpty, "phases", "is empty: there is nothing to train")
        for (index, phase) in phases.enumerated() { try phase.validate(at: "phases[\(index)]") }
        try require(
            (0..<1).contains(data.heldOutFraction), "data.heldOutFraction",
            "is \(data.heldOutFraction), and must be 0 or more and less than 1")
        try require(data.contextWindow ?? 1 >= 1, "data.contextWindow", "must be 1 or more; leave it out for all steps")
        if let window = data.contextWindow, let index = phases.firstIndex(where: { $0.episode == .stepwise }) {
            throw TrainingError(
                .configuration,
                "'data.contextWindow' is \(window), and the stepwise episodes of 'phases[\(index)]' show all steps: leave it out, or let 'episode' be step or direct"
            )
        }
        try model.validate()
        try memory.validate()
        try scoring.validate(isNeeded: needsRewards)
        try require(
            evaluation.episode != .both, "evaluation.episode",
            "is both, and held-out completions are of one kind: 'step', 'direct' or 'stepwise'")
        try require(evaluation.interval >= 0, "evaluation.interval", "is negative")
        try require(evaluation.instances >= 1, "evaluation.instances", "must be 1 or more")
        try require(
            evaluation.temperature >= 0 && evaluation.temperature.isFinite, "evaluation.temperature",
            "is \(evaluation.temperature), and must be 0 or more")
        try require(checkpoints.interval >= 1, "checkpoints.interval", "must be 1 or more")
        try require(checkpoints.keepLast >= 1, "checkpoints.keepLast", "must be 1 or more")
        try require(checkpoints.keepBest >= 0, "checkpoints.keepBest", "is negative")
        try require(
            checkpoints.keepBest == 0 || evaluation.interval > 0, "checkpoints.keepBest",
            "is \(checkpoints.keepBest), and nothing tells which are best: set 'evaluation.interval' too")
        try require(rolloutLogInterval >= 0, "rolloutLogInterval", "is negative")
    }
}

/// The expert data and how it is laid out for the model.
public struct DataConfiguration: Codable, Sendable, Equatable {
    /// A trajectory file.
    public var train: String
    /// A trajectory file that is only evaluated on. Without it a share of `train` is held out.
    public var heldOut: String?
    public var heldOutFraction: Double
    public var template: PromptTemplate
    public var lastStep: InstanceOptions.Inclusion
    public var answerStep: InstanceOptions.Inclusion
    /// How many steps before the target are context; nil for all.
    public var contextWindow: Int?

    public init(
        train: String, heldOut: String? = nil, heldOutFraction: Double = 0.02, template: PromptTemplate = .compact,
        lastStep: InstanceOptions.Inclusion = .include, answerStep: InstanceOptions.Inclusion = .include,
        contextWindow: Int? = nil
    ) {
        self.train = train
        self.heldOut = heldOut
        self.heldOutFraction = heldOutFraction
        self.template = template
        self.lastStep = lastStep
        self.answerStep = answerStep
        self.contextWindow = contextWindow
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        train = try values.decode(String.self, forKey: .train)
        heldOut = try values.decodeIfPresent(String.self, forKey: .heldOut)
        heldOutFraction = try values.decodeIfPresent(Double.self, forKey: .heldOutFraction) ?? 0.02
        template = try values.decodeIfPresent(PromptTemplate.self, forKey: .template) ?? .compact
        lastStep = try values.decodeIfPresent(InstanceOptions.Inclusion.self, forKey: .lastStep) ?? .include
        answerStep = try values.decodeIfPresent(InstanceOptions.Inclusion.self, forKey: .answerStep) ?? .include
        contextWindow = try values.decodeIfPresent(Int.self, forKey: .contextWindow)
    }

    var instanceOptions: InstanceOptions {
        InstanceOptions(lastStep: lastStep, answerStep: answerStep, contextWindow: contextWindow)
    }
}

/// How the run is watched on data that it does not train on.
public struct HeldOutConfiguration: Codable, Sendable, Equatable {
    /// Every how many steps, and before the first and after the last; 0 for never.
    public var interval: Int
    /// Held-out step instances that are completed, once each.
    public var instances: Int
    /// What is completed: single steps, or whole solutions of held-out problems. Unless given, steps where the run has a phase of them.
    public var episode: PhaseConfiguration.Episode?
    /// 0 completes greedily. The rollouts' own temperature shows what SRL raises: the mean reward of the policy, not of its likeliest text.
    public var temperature: Float

    public init(
        interval: Int = 0, instances: Int = 200, episode: PhaseConfiguration.Episode? = nil, temperature: Float = 0
    ) {
        self.interval = interval
        self.instances = instances
        self.episode = episode
        self.temperature = temperature
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        interval = try values.decodeIfPresent(Int.self, forKey: .interval) ?? 0
        instances = try values.decodeIfPresent(Int.self, forKey: .instances) ?? 200
        episode = try values.decodeIfPresent(PhaseConfiguration.Episode.self, forKey: .episode)
        temperature = try values.decodeIfPresent(Float.self, forKey: .temperature) ?? 0
    }
}

/// When checkpoints are written; the last step always is one.
public struct CheckpointConfiguration: Codable, Sendable, Equatable {
    public var interval: Int
    /// Older ones are removed, except the last of each phase.
    public var keepLast: Int
    /// Those with the highest held-out reward stay as well. Where it is not 0, a checkpoint is also written whenever an evaluation is among them.
    public var keepBest: Int

    public init(interval: Int = 100, keepLast: Int = 2, keepBest: Int = 0) {
        self.interval = interval
        self.keepLast = keepLast
        self.keepBest = keepBest
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        interval = try values.decodeIfPresent(Int.self, forKey: .interval) ?? 100
        keepLast = try values.decodeIfPresent(Int.self, forKey: .keepLast) ?? 2
        keepBest = try values.decodeIfPresent(Int.self, forKey: .keepBest) ?? 0
    }
}
