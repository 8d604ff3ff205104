import ModelCore
import ServiceAPI
import Statistics
import Trajectory

/// The mean reward of completions, one each, on step instances of held-out trajectories, or of solutions of held-out problems.
struct HeldOutEvaluation {
    private let data: StepData
    private let instances: [StepInstance]
    private let seed: UInt64
    private let sampling: SamplingParameters
    private let maximumSteps: Int
    let use: RewardUse

    /// - Parameter count: instances at most; the same ones every time.
    init(
        data: StepData, count: Int, seed: UInt64, sampling: SamplingParameters, maximumSteps: Int = 1,
        use: RewardUse = .step
    ) {
        self.maximumSteps = maximumSteps
        self.use = use
        self.data = data
        self.seed = seed
        self.sampling = sampling
        var generator = RandomGenerator(seed: SeedSequence(seed).seed(2))
        instances = Array(data.instances.shuffled(using: &generator).prefix(count))
    }

    /// What it needs memory for.
    var work: MemoryPlan.Work {
        data.rolloutWork(
            instances, completions: instances.count, of: 1, tokens: sampling.maximumTokens, turns: maximumSteps)
    }

    /// A completion of each instance, drawn with the same seed every time.
    func complete(with generator: Generator) throws -> [Rollout] {
        let source = RolloutSource(data: data, generator: generator, sampling: sampling, maximumSteps: maximumSteps)
        return try source.complete(
            instances, samples: 1,
            seed: { [seed] index, _, turn in
                SeedSequence(seed).seed([3, UInt64(index)] + (turn == 0 ? [] : [UInt64(turn)]))
            }
        ).map { $0[0] }
    }

    /// Scores what `complete` gave.
    func score(_ rollouts: [Rollout], with rewards: RewardList, batch: String) async throws -> RewardList.Scores {
        try await rewards.score(
            zip(instances, rollouts).map { (data.target(of: $0), [$1.text]) }, batch: batch, for: use)
    }

    /// - Parameter scores: of the completion of each instance.
    /// - Returns: nil when none could be scored.
    func measure(_ scores: [ItemScore]) -> StepMetrics.HeldOut? {
        // Steps of one trajectory are not independent: the unit of resampling is the trajectory.
        var byTrajectory: [Int: [Double]] = [:]
        for (instance, score) in zip(instances, scores) {
            if let reward = score.reward { byTrajectory[instance.trajectory, default: []].append(reward) }
        }
        let means = byTrajectory.sorted { $0.key < $1.key }.map { $0.value.reduce(0, +) / Double($0.value.count) }
        guard !means.isEmpty else { return nil }
        let interval = Bootstrap(resamples: 2_000, seed: seed).meanInterval(of: means)
        return StepMetrics.HeldOut(
            episode: data.episode == .step ? nil : data.episode, reward: means.reduce(0, +) / Double(means.count),
            low: interval.low, high: interval.high,
            interval: "95% percentile bootstrap over trajectories, 2000 resamples", instances: instances.count,
            trajectories: means.count, formatViolations: scores.count { $0.status == .formatViolation },
            errors: scores.count { $0.status == .error })
    }
}
