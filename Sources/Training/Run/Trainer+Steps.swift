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
        let norm = try optimise(phase, loss: statistics.loss, state: &state, metrics: &metrics)
        metrics.gradientNorm = norm
        metrics.loss = finite(statistics.loss)
        metrics.entropy = finite(statistics.entropy)
        metrics.trainedTokens = statistics.forestTokens
        let seconds = clock.seconds
        metrics.seconds = StepMetrics.Seconds(update: seconds, total: seconds)
        metrics.tokensPerSecond = Double(statistics.forestTokens) / seconds
        return metrics
    }

    /// One step of SRL or RLVR: rollouts until the batch is full of groups that teach something, then GRPO.
    func policyStep(
        _ phase: PhaseConfiguration, data: StepData, reference: PolicyUpdate.Reference?, state: inout TrainerState
    ) async throws -> StepMetrics {
        let clock = Stopwatch()
        var metrics = StepMetrics(step: state.step, phase: state.phase, method: phase.method)
        var batch = try await collect(phase, data: data, state: &state)
        try checkErrors(batch.groups)
        let updateClock = Stopwatch()
        try learn(from: &batch.groups, phase, data: data, reference: reference, state: &state, metrics: &metrics)
        let updateSeconds = updateClock.seconds
        describe(batch, phase, in: &metrics)
        let total = clock.seconds
        metrics.seconds = StepMetrics.Seconds(
            rollout: batch.rolloutSeconds, scoring: batch.scoringSeconds, waiting: batch.waitingSeconds,
            update: updateSeconds, total: total)
        metrics.idle = StepMetrics.Idle(
            rollout: 1 - min(1, batch.rolloutSeconds / total), scoring: 1 - min(1, batch.scoringSeconds / total),
            update: 1 - min(1, updateSeconds / total))
        metrics.tokensPerSecond = Double((metrics.trainedTokens ?? 0) + (metrics.generatedTokens ?? 0)) / total
        let interval = configuration.rolloutLogInterval
        if interval > 0, (state.step + 1).isMultiple(of: interval) {
            try RolloutLog.write(
                batch.groups, step: state.step + 1, data: data, fingerprint: state.fingerprint, to: run.rolloutsPath)
        }
        return metrics
    }

    /// The updates on a batch of rollouts that have been scored.
    func learn(
        from groups: inout [RolloutGroup], _ phase: PhaseConfiguration, data: StepData,
        reference: PolicyUpdate.Reference?, state: inout TrainerState, metrics: inout StepMetrics
    ) throws {
        let grpo = phase.grpo
        let update = PolicyUpdate(
            configuration: grpo, maximumTokens: phase.maximumRolloutTokens, microBatchTokens: microBatchTokens,
            data: data)
        let advantages = BatchAdvantages(phase: phase, update: update)
        let shaping = try advantages.assign(to: &groups, reference: reference)
        metrics.overlongPenalty = shaping.overlongPenalty
        let samples = try corrected(advantages.samples(of: groups), update, metrics: &metrics)
        let penalised = grpo.klPlacement == .loss ? reference : nil
        let count = (samples.last?.group ?? -1) + 1
        let parts = max(1, min(grpo.minibatches, count))
        var seen: [PolicyStatistics] = []
        var norms: [Double] = []
        // Without a group that teaches there is nothing to do; the step counts, so that a run always ends.
        for number in 0..<(samples.isEmpty ? 0 : grpo.updatesPerBatch * parts) {
            let part = number % parts
            let own = samples.filter { (count * part / parts..<count * (part + 1) / parts).contains($0.group) }
            guard !own.isEmpty else { continue }
            model.trainable.zeroGradients()
            let statistics = try update.accumulate(own, model: model, reference: penalised)
            // Once the weights have changed the step is finished.
            if !weightsAreAhead { try Task.checkCancellation() }
            let norm = try optimise(phase, loss: statistics.loss, state: &state, metrics: &metrics)
            if number == 0 { metrics.firstRatioDeviation = finite(statistics.largestRatioDeviation) }
            seen.append(statistics)
            if let norm { norms.append(norm) }
        }
        metrics.gradientNorm = norms.isEmpty ? nil : norms.reduce(0, +) / Double(norms.count)
        metrics.updates = norms.count
        metrics.trainedTokens = seen.reduce(0) { $0 + $1.forestTokens }
        guard let mean = PolicyStatistics.mean(seen) else { return }
        metrics.loss = finite(mean.loss)
        metrics.entropy = finite(mean.entropy)
        metrics.clipFraction = mean.clipFraction
        metrics.clipFractionLow = mean.clipFractionLow
        metrics.clipFractionHigh = mean.clipFractionHigh
        metrics.clipFractionDual = grpo.clipDual == nil ? nil : mean.clipFractionDual
        metrics.ratioMean = finite(mean.ratioMean)
        metrics.ratioMaximum = finite(mean.ratioMaximum)
        metrics.approximateKL = finite(mean.approximateKL)
        metrics.kl = reference == nil ? nil : finite(penalised == nil ? shaping.kl ?? 0 : mean.kl)
    }

    /// The samples with importance weights, where they were drawn from a policy that is not quite the one that is trained.
    private func corrected(
        _ samples: [PolicySample], _ update: PolicyUpdate, metrics: inout StepMetrics
    ) throws -> [PolicySample] {
        let correction = update.configuration.rolloutCorrection
        guard correction.mode != .none, !samples.isEmpty else { return samples }
        let old = try update.logProbabilities(of: samples) { [model] in
            try model.logProbabilities(of: $0, in: $1, temperature: $2)
        }
        var (samples, ratios) = (samples, [Double]())
        for index in samples.indices {
            let own = correction.ratios(old: old[index], rollout: samples[index].old)
            samples[index].weights = own.map(correction.weight)
            samples[index].old = old[index]
            ratios += own
        }
        metrics.rolloutRatioMean = finite(ratios.reduce(0, +) / Double(max(1, ratios.count)))
        metrics.rolloutRatioMaximum = ratios.max().flatMap(finite)
        metrics.rolloutCappedShare = Double(ratios.count { $0 > correction.cap }) / Double(max(1, ratios.count))
        return samples
    }

    private func describe(_ batch: CollectedBatch, _ phase: PhaseConfiguration, in metrics: inout StepMetrics) {
        let rollouts = batch.groups.flatMap(\.rollouts)
        let scores = batch.groups.flatMap(\.scores)
        let rewards = scores.compactMap(\.reward)
        if !rewards.isEmpty {
            let (mean, deviation) = GroupAdvantage.moments(rewards)
            (metrics.rewardMean, metrics.rewardDeviation) = (finite(mean), finite(deviation))
        }
        for (source, values) in zip(self.rewards.sources, batch.parts) where !values.isEmpty {
            let (mean, deviation) = GroupAdvantage.moments(values)
            metrics.rewardParts = (metrics.rewardParts ?? [:]).merging(
                [source.name: StepMetrics.RewardPart(weight: source.weight, mean: mean, deviation: deviation)]
            ) { $1 }
        }
        metrics.rewardComponents = Self.components(of: scores)
        metrics.groupsKept = batch.kept
        metrics.groupsDropped = batch.groups.count - batch.kept
        metrics.fillRate = Double(batch.kept) / Double(phase.batchSize)
        let equal = batch.groups.count { GroupAdvantage.moments($0.rewards.compactMap { $0 }).deviation == 0 }
        metrics.zeroDeviationShare = Double(equal) / Double(max(1, batch.groups.count))
        metrics.draws = batch.draws
        metrics.rollouts = rollouts.count
        metrics.formatViolations = scores.count { $0.status == .formatViolation }
        metrics.errors = scores.count { $0.status == .error }
        let truncated = rollouts.count(where: \.isTruncated)
        metrics.truncated = truncated
        metrics.truncatedShare = Double(truncated) / Double(max(1, rollouts.count))
        let tokens = rollouts.reduce(0) { $0 + $1.tokenCount }
        metrics.generatedTokens = tokens
        metrics.lengthMean = Double(tokens) / Double(max(1, rollouts.count))
        metrics.lengthMaximum = rollouts.map(\.tokenCount).max()
        if phase.episode == .stepwise {
            metrics.turnsMean = Double(rollouts.reduce(0) { $0 + $1.turns.count }) / Double(max(1, rollouts.count))
        }
        metrics.rewardFingerprint = batch.fingerprint
    }

    /// The mean of each component over the items that have it.
    private static func components(of scores: [ItemScore]) -> [String: Double]? {
        var sums: [String: (sum: Double, count: Int)] = [:]
        for case .scored(_, let components, _) in scores {
            for (name, value) in components {
                sums[name, default: (0, 0)].sum += value
                sums[name, default: (0, 0)].count += 1
            }
        }
        return sums.isEmpty ? nil : sums.mapValues { $0.sum / Double($0.count) }
    }

    func orderSeed(_ state: TrainerState) -> UInt64 {
        SeedSequence(configuration.seed).seed(0, UInt64(state.phase))
    }
}

/// The value, where JSON has a number for it.
func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }

/// Wall time since it was made.
struct Stopwatch {
    private let start = ContinuousClock.now

    var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
}
