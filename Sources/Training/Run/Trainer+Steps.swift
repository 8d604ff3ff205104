import Logging
import ModelCore
import ServiceAPI
import Trajectory

extension Trainer {
    /// One step of SFT on whole trajectories.
    func supervisedStep(
        _ phase: PhaseConfiguration, data: StepData, state: inout TrainerState
    ) throws -> StepMetrics {
        let clock = Stopwatch()
        var byTrajectory: [Int: [StepInstance]] = [:]
        for instance in data.instances { byTrajectory[instance.trajectory, default: []].append(instance) }
        let trajectories = byTrajectory.keys.sorted()
        var order = InstanceOrder(count: trajectories.count, seed: orderSeed(state), cursor: state.cursor)
        let drawn = order.next(min(phase.batchSize, trajectories.count))
        state.cursor = order.cursor
        let instances = drawn.flatMap { byTrajectory[trajectories[$0]] ?? [] }

        model.trainable.zeroGradients()
        let update = SupervisedUpdate(
            monologue: phase.monologue, microBatchTokens: microBatchTokens, data: data)
        let statistics = try update.accumulate(instances, model: model)
        try Task.checkCancellation()
        var metrics = StepMetrics(step: state.step, phase: state.phase, method: .sft)
        try optimise(phase, state: state, metrics: &metrics)
        metrics.loss = statistics.loss
        metrics.entropy = statistics.entropy
        metrics.trainedTokens = statistics.forestTokens
        let seconds = clock.seconds
        metrics.seconds = StepMetrics.Seconds(update: seconds, total: seconds)
        metrics.tokensPerSecond = Double(statistics.forestTokens) / seconds
        return metrics
    }

    /// One step of SRL: rollouts until the batch is full of groups that teach something, then GRPO.
    func policyStep(
        _ phase: PhaseConfiguration, data: StepData, reference: PolicyUpdate.Reference?, state: inout TrainerState
    ) async throws -> StepMetrics {
        let clock = Stopwatch()
        var metrics = StepMetrics(step: state.step, phase: state.phase, method: .srl)
        let batch = try await collect(phase, data: data, state: &state)
        try checkErrors(batch.groups)

        let samples = batch.groups.filter { !$0.advantages.isEmpty }.flatMap { group in
            zip(group.completions, group.advantages).compactMap { completion, advantage in
                advantage.map {
                    PolicyUpdate.Sample(
                        instance: group.instance, tokens: completion.tokens, old: completion.logProbabilities,
                        advantage: $0)
                }
            }
        }
        let updateClock = Stopwatch()
        let update = PolicyUpdate(
            configuration: phase.grpo, microBatchTokens: microBatchTokens, data: data)
        var trainedTokens = 0
        // Without a group that teaches there is nothing to do; the step counts, so that a run always ends.
        if !samples.isEmpty {
            for number in 0..<phase.grpo.updatesPerBatch {
                model.trainable.zeroGradients()
                let statistics = try update.accumulate(samples, model: model, reference: reference)
                // Once the weights have changed the step is finished.
                if number == 0 { try Task.checkCancellation() }
                try optimise(phase, state: state, metrics: &metrics)
                trainedTokens += statistics.forestTokens
                metrics.loss = statistics.loss
                metrics.entropy = statistics.entropy
                metrics.clipFraction = statistics.clipFraction
                metrics.kl = reference == nil ? nil : statistics.kl
                if number == 0 { metrics.firstRatioDeviation = statistics.largestRatioDeviation }
            }
        }
        let updateSeconds = updateClock.seconds
        describe(batch, in: &metrics)
        metrics.trainedTokens = trainedTokens
        metrics.seconds = StepMetrics.Seconds(
            rollout: batch.rolloutSeconds, scoring: batch.scoringSeconds, update: updateSeconds, total: clock.seconds)
        metrics.tokensPerSecond = Double(trainedTokens + (metrics.generatedTokens ?? 0)) / clock.seconds
        let interval = configuration.rolloutLogInterval
        if interval > 0, (state.step + 1).isMultiple(of: interval) {
            try RolloutLog.write(
                batch.groups, step: state.step + 1, data: data, fingerprint: state.fingerprint, to: run.rolloutsPath)
        }
        return metrics
    }

    /// The rollouts of a step.
    struct CollectedBatch {
        /// All groups that were drawn; those that are trained on have advantages.
        var groups: [RolloutGroup] = []
        var kept = 0
        var draws = 0
        var fingerprint: String?
        /// What each source gave, where there are several.
        var parts: [[Double]] = []
        var rolloutSeconds = 0.0
        var scoringSeconds = 0.0

        mutating func add(_ columns: [[[ItemScore]]]) {
            if parts.isEmpty { parts = .init(repeating: [], count: columns.count) }
            for (index, column) in columns.enumerated() {
                parts[index] += column.joined().compactMap(\.reward)
            }
        }
    }

    /// Dynamic sampling: draws instances until the batch is full or the bound is hit.
    private func collect(
        _ phase: PhaseConfiguration, data: StepData, state: inout TrainerState
    ) async throws -> CollectedBatch {
        let source = RolloutSource(data: data, generator: generator)
        let seeds = SeedSequence(configuration.seed)
        let (step, size) = (UInt64(state.step), phase.grpo.groupSize)
        var order = InstanceOrder(count: data.instances.count, seed: orderSeed(state), cursor: state.cursor)
        var batch = CollectedBatch()
        while batch.kept < phase.batchSize, batch.draws < phase.grpo.dynamicSampling.maximumDraws {
            let instances = order.next(phase.batchSize - batch.kept).map { data.instances[$0] }
            let first = batch.groups.count
            let rolloutClock = Stopwatch()
            let completions = try source.complete(
                instances, samples: size, sampling: phase.grpo.sampling,
                seed: { seeds.seed(1, step, UInt64(first + $0), UInt64($1)) },
                progress: { [observe] in observe(.generating(step: Int(step) + 1, tokens: $0)) })
            batch.rolloutSeconds += rolloutClock.seconds
            let scoringClock = Stopwatch()
            let groups = zip(instances, completions).map { (data.target(of: $0), $1.map(\.text)) }
            let name = "step-\(step + 1)/\(batch.draws)"
            let scores = try await rewards.score(groups, batch: name)
            batch.scoringSeconds += scoringClock.seconds
            try note(scores, step: state.step + 1, state: &state)
            rewards.mirror?.submit(groups, batch: name, scores: scores)
            if rewards.sources.count > 1 { batch.add(scores.parts.map(\.items)) }
            for (index, instance) in instances.enumerated() {
                var group = RolloutGroup(instance: instance, completions: completions[index])
                group.scores = scores.items[index]
                if phase.grpo.dynamicSampling.keeps(group.rewards) {
                    group.advantages = phase.grpo.groupAdvantage.advantages(group.rewards)
                    batch.kept += 1
                }
                batch.groups.append(group)
            }
            batch.draws += 1
        }
        state.cursor = order.cursor
        batch.fingerprint = state.fingerprint
        return batch
    }

    private func checkErrors(_ groups: [RolloutGroup]) throws(TrainingError) {
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

    private func describe(_ batch: CollectedBatch, in metrics: inout StepMetrics) {
        let completions = batch.groups.flatMap(\.completions)
        let scores = batch.groups.flatMap(\.scores)
        let rewards = scores.compactMap(\.reward)
        if !rewards.isEmpty {
            (metrics.rewardMean, metrics.rewardDeviation) = GroupAdvantage.moments(rewards)
        }
        for (source, values) in zip(self.rewards.sources, batch.parts) where !values.isEmpty {
            let (mean, deviation) = GroupAdvantage.moments(values)
            metrics.rewardParts = (metrics.rewardParts ?? [:]).merging(
                [source.name: StepMetrics.RewardPart(weight: source.weight, mean: mean, deviation: deviation)]
            ) { $1 }
        }
        metrics.groupsKept = batch.kept
        metrics.groupsDropped = batch.groups.count - batch.kept
        metrics.draws = batch.draws
        metrics.rollouts = completions.count
        metrics.formatViolations = scores.count { $0.status == .formatViolation }
        metrics.errors = scores.count { $0.status == .error }
        metrics.truncated = completions.count { $0.finish == .length }
        let tokens = completions.reduce(0) { $0 + $1.tokens.count }
        metrics.generatedTokens = tokens
        metrics.lengthMean = Double(tokens) / Double(max(1, completions.count))
        metrics.lengthMaximum = completions.map(\.tokens.count).max()
        metrics.rewardFingerprint = batch.fingerprint
    }

    /// Clips, checks and applies the gradients.
    private func optimise(_ phase: PhaseConfiguration, state: TrainerState, metrics: inout StepMetrics) throws {
        let norm = model.trainable.clipGradients(maximumNorm: phase.optimizer.maximumGradientNorm)
        guard norm.isFinite else {
            throw TrainingError(
                .divergence,
                "the gradient of step \(state.step + 1) is not finite (norm \(norm)): lower 'optimizer.learningRate' and resume from the last checkpoint"
            )
        }
        let rate = phase.optimizer.schedule.rate(step: state.stepInPhase, of: phase.steps)
        weightsAreAhead = true
        optimizer.step(learningRate: rate)
        metrics.gradientNorm = Double(norm)
        metrics.learningRate = Double(rate)
    }

    private func orderSeed(_ state: TrainerState) -> UInt64 {
        SeedSequence(configuration.seed).seed(0, UInt64(state.phase))
    }
}

/// Wall time since it was made.
struct Stopwatch {
    private let start = ContinuousClock.now

    var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
}
