import ModelCore
import ServiceAPI
import Trajectory

extension Trainer {
    /// The rollouts of a step.
    struct CollectedBatch {
        /// All groups that were drawn.
        var groups: [RolloutGroup] = []
        var kept = 0
        var draws = 0
        var fingerprint: String?
        /// What each source gave, where there are several.
        var parts: [[Double]] = []
        var rolloutSeconds = 0.0
        /// Wall time in which something was being scored; much of it while other rollouts were being decoded.
        var scoringSeconds = 0.0
        /// Wall time in which nothing was done but to wait for scores.
        var waitingSeconds = 0.0

        mutating func add(_ columns: [[[ItemScore]]]) {
            if parts.isEmpty { parts = .init(repeating: [], count: columns.count) }
            for (index, column) in columns.enumerated() {
                parts[index] += column.joined().compactMap(\.reward)
            }
        }
    }

    /// Dynamic sampling: draws instances until the batch is full or the bound is hit.
    func collect(
        _ phase: PhaseConfiguration, data: StepData, state: inout TrainerState
    ) async throws -> CollectedBatch {
        guard let use = phase.rewardUse else { preconditionFailure("a phase of \(phase.method) scores nothing") }
        let seeds = SeedSequence(configuration.seed)
        let step = UInt64(state.step)
        let source = RolloutSource(
            data: data, generator: generator(phase.grpo.rolloutWeights), sampling: phase.grpo.sampling,
            maximumSteps: phase.maximumSteps)
        var order = InstanceOrder(count: data.instances.count, seed: orderSeed(state), cursor: state.cursor)
        var batch = CollectedBatch()
        while batch.kept < phase.batchSize, batch.draws < phase.grpo.dynamicSampling.draws {
            let instances = order.next(phase.batchSize - batch.kept).map { data.instances[$0] }
            let first = batch.groups.count
            let name = "step-\(step + 1)/\(batch.draws)"
            let drawn = try await draw(
                instances, samples: phase.grpo.groupSize, from: source,
                scoring: ScoringPipeline(rewards: rewards, use: use, batch: name),
                // The first completion of a rollout is the only one but in stepwise episodes.
                seed: { index, sample, turn in
                    let parts = [1, step, UInt64(first + index), UInt64(sample)]
                    return seeds.seed(turn == 0 ? parts : parts + [UInt64(turn)])
                })
            batch.rolloutSeconds += drawn.rolloutSeconds
            batch.scoringSeconds += drawn.scoring.seconds
            batch.waitingSeconds += drawn.waitingSeconds
            let scores = drawn.scoring.scores
            try note(scores, of: use, step: state.step + 1, state: &state)
            rewards.mirror(for: use)?.submit(
                Self.rewardGroups(instances, drawn.rollouts, data), batch: name, scores: scores)
            if rewards.sources.count > 1 { batch.add(scores.parts.map(\.items)) }
            for (index, instance) in instances.enumerated() {
                var group = RolloutGroup(instance: instance, rollouts: drawn.rollouts[index])
                group.scores = scores.items[index]
                group.isKept = phase.grpo.dynamicSampling.keeps(group.rewards)
                if group.isKept { batch.kept += 1 }
                batch.groups.append(group)
            }
            batch.draws += 1
        }
        state.cursor = order.cursor
        batch.fingerprint = state.fingerprint
        return batch
    }

    private struct Drawn {
        var rollouts: [[Rollout]]
        var scoring: ScoringPipeline.Outcome
        var rolloutSeconds: Double
        var waitingSeconds: Double
    }

    /// Draws rollouts, and has them scored while others are still being decoded.
    private func draw(
        _ instances: [StepInstance], samples: Int, from source: RolloutSource, scoring: ScoringPipeline,
        seed: (Int, Int, Int) -> UInt64
    ) async throws -> Drawn {
        let (parts, feed) = AsyncStream.makeStream(of: ScoringPipeline.Part.self)
        async let outcome = scoring.run(parts)
        let clock = Stopwatch()
        var collector = ScoringPipeline.Collector(count: instances.count)
        let data = source.data
        let number = state.step + 1
        var observers = RolloutSource.Observers()
        observers.progress = { [observe] in observe(.generating(step: number, tokens: $0)) }
        observers.finished = { index, rollouts in
            let group = (data.target(of: instances[index]), rollouts.map(\.text))
            if let part = collector.add(group, at: index) { feed.yield(part) }
        }
        let rollouts: [[Rollout]]
        do {
            defer { feed.finish() }
            rollouts = try source.complete(instances, samples: samples, seed: seed, observers: observers)
        }
        let rolloutSeconds = clock.seconds
        guard let scored = try await outcome else { throw CancellationError() }
        return Drawn(
            rollouts: rollouts, scoring: scored, rolloutSeconds: rolloutSeconds,
            waitingSeconds: clock.seconds - rolloutSeconds)
    }

    static func rewardGroups(
        _ instances: [StepInstance], _ rollouts: [[Rollout]], _ data: StepData
    ) -> [RewardGroup] {
        zip(instances, rollouts).map { (data.target(of: $0), $1.map(\.text)) }
    }

    func checkErrors(_ groups: [RolloutGroup]) throws(TrainingError) {
        let scores = groups.flatMap(\.scores)
        var codes: [String: (count: Int, message: String)] = [:]
        for case .error(let error) in scores { codes[error.code, default: (0, error.message)].count += 1 }
        let errors = codes.values.reduce(0) { $0 + $1.count }
        guard Double(errors) > rewards.configuration.maximumErrorShare * Double(scores.count) else { return }
        let worst = codes.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
        throw TrainingError(
            .reward,
            "\(errors) of \(scores.count) rollouts could not be scored, more than 'reward.maximumErrorShare' \(rewards.configuration.maximumErrorShare) allows; most often \(worst?.key ?? ""): \(worst?.value.message ?? "")"
        )
    }
}
