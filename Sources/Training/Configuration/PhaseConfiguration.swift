import ModelCore

/// A stretch of a run with one method.
public struct PhaseConfiguration: Codable, Sendable, Equatable {
    public enum Method: String, Codable, Sendable, CaseIterable {
        /// Next-token loss on the expert's solution.
        case sft
        /// Supervised Reinforcement Learning (arXiv 2510.25992): the reward is the likeness to the expert.
        case srl
        /// Reinforcement learning with verifiable rewards: the reward is whether the final answer is right.
        case rlvr
    }

    /// What a completion, or a row of completions, is.
    public enum Episode: String, Codable, Sendable, CaseIterable {
        /// One step after a problem and the expert's steps before it.
        case step
        /// The whole solution in one completion.
        case direct
        /// The whole solution step by step: monologue and action, the action joins the context, until there is an answer.
        case stepwise
        /// For SFT alone: steps, and whole solutions too.
        case both
    }

    public var method: Method
    /// Optimiser steps.
    public var steps: Int
    /// Of a step: whole trajectories for SFT, groups otherwise: of step instances or of problems.
    public var batchSize: Int
    /// The share [from, to) of the training trajectories that the phase uses, in the order of the file.
    public var portion: [Double]
    /// What is learnt; single steps unless given, and for RLVR whole solutions in one completion.
    public var episode: Episode
    /// Steps of a stepwise episode at most.
    public var maximumSteps: Int
    public var optimizer: OptimizerConfiguration
    public var grpo: GRPOConfiguration
    /// What SFT teaches to write between the tags.
    public var monologue: MonologueSource
    /// Tokens of one forward and backward pass; trees are not split, so a larger tree is a pass of its own.
    public var microBatchTokens: Int

    public init(
        method: Method, steps: Int, batchSize: Int = 32, portion: [Double] = [0, 1], episode: Episode? = nil,
        maximumSteps: Int = 32, optimizer: OptimizerConfiguration = .init(), grpo: GRPOConfiguration = .init(),
        monologue: MonologueSource = .empty, microBatchTokens: Int = 8192
    ) {
        self.method = method
        self.steps = steps
        self.batchSize = batchSize
        self.portion = portion
        self.episode = episode ?? Self.defaultEpisode(of: method)
        self.maximumSteps = maximumSteps
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
        episode = try values.decodeIfPresent(Episode.self, forKey: .episode) ?? Self.defaultEpisode(of: method)
        maximumSteps = try values.decodeIfPresent(Int.self, forKey: .maximumSteps) ?? 32
        optimizer = try values.decodeIfPresent(OptimizerConfiguration.self, forKey: .optimizer) ?? .init()
        grpo = try values.decodeIfPresent(GRPOConfiguration.self, forKey: .grpo) ?? .init()
        monologue = try values.decodeIfPresent(MonologueSource.self, forKey: .monologue) ?? .empty
        microBatchTokens = try values.decodeIfPresent(Int.self, forKey: .microBatchTokens) ?? 8192
    }

    private static func defaultEpisode(of method: Method) -> Episode { method == .rlvr ? .direct : .step }

    /// Whether completions are drawn and scored.
    var drawsRollouts: Bool { method != .sft }

    /// What the rewards of the phase are of; nil where nothing is scored.
    public var rewardUse: RewardUse? {
        switch method {
        case .sft: nil
        case .srl: episode == .step ? .step : .solution
        case .rlvr: .answer
        }
    }

    /// Tokens that a rollout may have at most.
    var maximumRolloutTokens: Int { grpo.sampling.maximumTokens * (episode == .stepwise ? maximumSteps : 1) }

    /// Whether a KL penalty refers to the model at the beginning of the phase.
    var needsReference: Bool { drawsRollouts && grpo.klCoefficient > 0 }

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
        try optimizer.validate(at: "\(place).optimizer")
        switch method {
        case .sft:
            try require(
                episode != .stepwise, "episode",
                "is stepwise, and SFT learns single steps ('step'), whole solutions ('direct') or 'both'")
        case .srl:
            try require(
                episode != .both, "episode",
                "is both, and the rollouts of a phase are of one kind: 'step', 'direct' or 'stepwise'")
        case .rlvr:
            try require(
                episode == .direct || episode == .stepwise, "episode",
                "is \(episode.rawValue), and RLVR needs whole solutions: 'direct' or 'stepwise'")
        }
        guard drawsRollouts else { return }
        try require(maximumSteps >= 1, "maximumSteps", "is \(maximumSteps), and must be 1 or more")
        try grpo.validate(at: "\(place).grpo")
        try require(
            grpo.minibatches <= batchSize, "grpo.minibatches",
            "is \(grpo.minibatches), and a batch of \(batchSize) groups cannot be cut into more than \(batchSize)")
        try require(
            grpo.overlong.bufferTokens < maximumRolloutTokens, "grpo.overlong.bufferTokens",
            "is \(grpo.overlong.bufferTokens), and must be less than the \(maximumRolloutTokens) tokens that a rollout may have"
        )
    }
}
