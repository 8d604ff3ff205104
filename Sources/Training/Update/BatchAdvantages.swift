import ModelCore

/// The rewards of a batch as they are trained on, and the advantages that follow from them.
struct BatchAdvantages {
    let phase: PhaseConfiguration
    let update: PolicyUpdate

    /// What was taken off rewards.
    struct Shaping: Equatable {
        /// Mean over the rollouts that are trained on; nil without a penalty.
        var overlongPenalty: Double?
        /// Of the estimate of KL to the reference, a token; nil unless it is in the reward.
        var kl: Double?
    }

    /// Gives the groups that are kept their advantages. Which groups those are depends on the rewards as the servers gave them.
    ///
    /// - Parameter reference: where a KL penalty is in the reward.
    func assign(to groups: inout [RolloutGroup], reference: PolicyUpdate.Reference?) throws -> Shaping {
        let grpo = phase.grpo
        let kept = groups.indices.filter { groups[$0].isKept }
        var rewards = kept.map { groups[$0].rewards }
        var shaping = Shaping()
        if grpo.overlong.bufferTokens > 0 {
            var penalties: [Double] = []
            for (place, index) in kept.enumerated() {
                for (sample, rollout) in groups[index].rollouts.enumerated() {
                    let penalty = grpo.overlong.penalty(
                        length: rollout.tokenCount, maximum: phase.maximumRolloutTokens)
                    rewards[place][sample]? += penalty
                    penalties.append(penalty)
                }
            }
            shaping.overlongPenalty = penalties.reduce(0, +) / Double(max(1, penalties.count))
        }
        if let reference, grpo.klCoefficient > 0, grpo.klPlacement == .reward {
            let samples = kept.flatMap { index in groups[index].rollouts.map { PolicySample($0, group: index) } }
            let scores = try update.logProbabilities(of: samples, by: reference)
            var next = 0
            var (sum, tokens) = (0.0, 0)
            for (place, index) in kept.enumerated() {
                for sample in groups[index].rollouts.indices {
                    let kl = zip(samples[next].old, scores[next]).reduce(0) {
                        $0 + grpo.klEstimator.estimate(policy: Double($1.0), reference: Double($1.1)).value
                    }
                    rewards[place][sample]? -= grpo.klCoefficient * kl
                    sum += kl
                    tokens += samples[next].tokenCount
                    next += 1
                }
            }
            shaping.kl = sum / Double(max(1, tokens))
        }
        for (index, advantages) in zip(kept, grpo.groupAdvantage.advantages(of: rewards)) {
            groups[index].advantages = advantages
        }
        return shaping
    }

    /// What is trained on: the rollouts of kept groups that have an advantage and are not masked.
    func samples(of groups: [RolloutGroup]) -> [PolicySample] {
        var samples: [PolicySample] = []
        for (number, group) in groups.filter({ !$0.advantages.isEmpty }).enumerated() {
            for (rollout, advantage) in zip(group.rollouts, group.advantages) {
                guard let advantage, !(phase.grpo.overlong.maskTruncated && rollout.isTruncated) else { continue }
                samples.append(PolicySample(rollout, group: number, advantage: advantage))
            }
        }
        return samples
    }
}
