import ModelCore
import Trajectory

extension StepData {
    /// What a phase's steps need memory for.
    func work(of phase: PhaseConfiguration) -> MemoryPlan.Work {
        switch phase.method {
        case .sft: supervisedWork(phase)
        case .srl, .rlvr: policyWork(phase)
        }
    }

    /// Completions of instances, `samples` of each.
    ///
    /// - Parameter turns: steps of a stepwise episode at most.
    func rolloutWork(
        _ instances: [StepInstance], completions: Int, of samples: Int, tokens: Int, turns: Int = 1
    ) -> MemoryPlan.Work {
        var work = MemoryPlan.Work(method: .srl)
        work.completions = completions
        work.completionTokens = tokens
        work.completionsPerPrompt = samples
        work.promptCacheTokens = mean(instances) { instance in
            segments(of: instance).reduce(0) { $0 + MemoryPlan.blocks($1) }
                // What each of the rollouts has written before its last step is its own.
                + samples * (expectedTurns(of: instance, bound: turns) - 1) * MemoryPlan.blocks(tokens)
        }
        return work
    }

    /// Steps of a stepwise episode: twice as many as the expert took, as far as that is allowed. What an episode may take at most is hardly ever
    /// reached by many at once.
    private func expectedTurns(of instance: StepInstance, bound: Int) -> Int {
        guard episode == .stepwise else { return 1 }
        return max(1, min(bound, 2 * (trajectories[instance.trajectory].solution?.count ?? 1)))
    }

    private func policyWork(_ phase: PhaseConfiguration) -> MemoryPlan.Work {
        let (samples, tokens) = (phase.grpo.groupSize, phase.grpo.sampling.maximumTokens)
        var work = rolloutWork(
            instances, completions: phase.batchSize * samples, of: samples, tokens: tokens, turns: phase.maximumSteps)
        let prompts = instances.map { segments(of: $0).reduce(0, +) }
        // Of a stepwise episode each step is there twice, but for the last: as it was written, and as context of the next.
        let written = instances.map { instance in
            let turns = expectedTurns(of: instance, bound: phase.maximumSteps)
            return samples
                * (turns * tokens + (turns - 1) * (tokens + trajectories[instance.trajectory].marker.count))
        }
        work.largestTree = (prompts.max() ?? 0) + (written.max() ?? 0)
        work.batchTokens =
            phase.batchSize
            * (prompts.reduce(0, +) / max(1, prompts.count) + written.reduce(0, +) / max(1, written.count))
        work.microBatchTokens = phase.microBatchTokens
        work.needsReference = phase.needsReference
        return work
    }

    private func supervisedWork(_ phase: PhaseConfiguration) -> MemoryPlan.Work {
        var work = MemoryPlan.Work(method: .sft)
        var contexts: [Int: Int] = [:]
        for instance in instances {
            contexts[instance.trajectory] = max(
                contexts[instance.trajectory] ?? 0, segments(of: instance).reduce(0, +))
        }
        // Completions of the trajectories with the longest contexts alone: tokenising all would take as long as an epoch's forward.
        let longest = contexts.sorted { ($0.value, $0.key) > ($1.value, $1.key) }.prefix(8)
        let members = Dictionary(grouping: instances, by: \.trajectory)
        let trees = longest.map { trajectory, context in
            (members[trajectory] ?? []).reduce(context) {
                $0 + trajectories[trajectory].marker.count + completion(of: $1, monologue: phase.monologue).count
            }
        }
        work.largestTree = trees.max() ?? 0
        work.batchTokens = phase.batchSize * work.largestTree
        work.microBatchTokens = phase.microBatchTokens
        return work
    }

    /// Tokens of the segments on an instance's path, the marker last.
    private func segments(of instance: StepInstance) -> [Int] {
        let trajectory = trajectories[instance.trajectory]
        return [trajectory.root.count] + trajectory.steps[context(of: instance)].map(\.count)
            + [trajectory.marker.count]
    }

    private func mean(_ instances: [StepInstance], _ value: (StepInstance) -> Int) -> Int {
        instances.isEmpty ? 0 : instances.reduce(0) { $0 + value($1) } / instances.count
    }
}
