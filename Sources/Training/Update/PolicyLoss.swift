package import ModelCore

/// The loss of a batch of rollouts, and its derivatives with respect to the scores of their tokens: plain numbers, and no model.
package struct PolicyLoss {
    private let configuration: GRPOConfiguration
    private let objective: ClippedObjective
    private let maximumTokens: Int
    private let tokenCount: Int
    private let sequenceCount: Int
    package internal(set) var statistics = PolicyStatistics()

    /// - Parameters:
    ///   - samples: the whole batch, however it is cut into passes.
    ///   - maximumTokens: the most that a rollout may have.
    package init(_ configuration: GRPOConfiguration, samples: [PolicySample], maximumTokens: Int) {
        self.configuration = configuration
        self.maximumTokens = maximumTokens
        objective = configuration.objective
        tokenCount = samples.reduce(0) { $0 + $1.tokenCount }
        sequenceCount = samples.count { $0.tokenCount > 0 }
    }

    /// Derivatives of predictions that nothing has been said of.
    package func derivatives(count: Int) -> PredictionDerivatives {
        let zeros = [Float](repeating: 0, count: count)
        return PredictionDerivatives(
            logProbabilities: zeros, entropies: configuration.entropyCoefficient == 0 ? nil : zeros)
    }

    /// Adds a sample's part.
    ///
    /// - Parameters:
    ///   - places: where the scores of its tokens are.
    ///   - reference: scores of the reference model in the same places.
    package mutating func add(
        _ sample: PolicySample, at places: [Int], scores: PredictionScores, reference: PredictionScores?,
        derivatives: inout PredictionDerivatives
    ) {
        guard !places.isEmpty else { return }
        // In the loss, and in means over tokens.
        let share = configuration.lossAggregation.weight(
            tokens: sample.tokenCount, batchTokens: tokenCount, sequences: sequenceCount, maximumTokens: maximumTokens)
        let count = Double(tokenCount)
        let sequence = configuration.importanceSamplingLevel == .sequence ? sequence(sample, places, scores) : nil
        for (position, place) in places.enumerated() {
            let policy = Double(scores.logProbabilities[place])
            let old = Double(sample.old[position])
            let weight = sample.weights?[position] ?? 1
            var token = objective.token(
                policy: policy, old: old, advantage: sample.advantage,
                reference: reference.map { Double($0.logProbabilities[place]) }, weight: weight)
            let ratio = token.ratio
            if let sequence {
                // The token's own surrogate gives way to its part of the sequence's.
                let own = objective.surrogate(logRatio: policy - old, advantage: sample.advantage)
                token.loss += weight * (sequence.surrogate.loss - own.loss)
                token.derivative += sequence.derivative - weight * own.derivative
                token.ratio = sequence.surrogate.ratio
                token.bound = sequence.surrogate.bound
            }
            let entropy = Double(scores.entropies[place])
            derivatives.logProbabilities[place] = Float(share * token.derivative)
            statistics.loss += share * token.loss
            if configuration.entropyCoefficient != 0 {
                derivatives.entropies?[place] = Float(-configuration.entropyCoefficient * share)
                statistics.loss -= configuration.entropyCoefficient * share * entropy
            }
            statistics.add(token, of: count)
            statistics.approximateKL += (ratio - 1 - (policy - old)) / count
            statistics.entropy += entropy / count
            statistics.largestRatioDeviation = max(statistics.largestRatioDeviation, abs(ratio - 1))
        }
    }

    /// The surrogate of a rollout's own ratio (GSPO), and what one token's log-probability changes in the sum over its tokens.
    private func sequence(
        _ sample: PolicySample, _ places: [Int], _ scores: PredictionScores
    ) -> (surrogate: ClippedObjective.Surrogate, derivative: Double) {
        let count = Double(places.count)
        let sum = zip(places, sample.old).reduce(0) { $0 + Double(scores.logProbabilities[$1.0]) - Double($1.1) }
        let surrogate = objective.surrogate(logRatio: sum / count, advantage: sample.advantage)
        let weights = sample.weights?.reduce(0, +) ?? count
        return (surrogate, surrogate.derivative * weights / count)
    }
}

/// What an update has seen: means over the tokens of its batch.
package struct PolicyStatistics: Equatable {
    package internal(set) var loss = 0.0
    /// Tokens whose ratio has passed a bound, and by which.
    package internal(set) var clipFraction = 0.0
    package internal(set) var clipFractionLow = 0.0
    package internal(set) var clipFractionHigh = 0.0
    package internal(set) var clipFractionDual = 0.0
    /// To the reference model.
    package internal(set) var kl = 0.0
    /// k3 of the old policy to the one that is trained.
    package internal(set) var approximateKL = 0.0
    package internal(set) var entropy = 0.0
    package internal(set) var ratioMean = 0.0
    package internal(set) var ratioMaximum = 0.0
    /// The largest |ratio - 1|: rounding alone in the first update after a rollout.
    package internal(set) var largestRatioDeviation = 0.0
    /// Tokens that were computed, trunks included.
    package internal(set) var forestTokens = 0

    /// Takes in one of `count` tokens.
    fileprivate mutating func add(_ token: ClippedObjective.TokenLoss, of count: Double) {
        switch token.bound {
        case .low: clipFractionLow += 1 / count
        case .high: clipFractionHigh += 1 / count
        case .dual: clipFractionDual += 1 / count
        case nil: break
        }
        clipFraction += token.isClipped ? 1 / count : 0
        kl += token.kl / count
        ratioMean += token.ratio / count
        ratioMaximum = max(ratioMaximum, token.ratio)
    }

    /// Means over updates; the largest ratio of all.
    static func mean(_ all: [PolicyStatistics]) -> PolicyStatistics? {
        guard var mean = all.last else { return nil }
        let count = Double(all.count)
        for key in [
            \PolicyStatistics.loss, \.clipFraction, \.clipFractionLow, \.clipFractionHigh, \.clipFractionDual, \.kl,
            \.approximateKL, \.entropy, \.ratioMean,
        ] {
            mean[keyPath: key] = all.reduce(0) { $0 + $1[keyPath: key] } / count
        }
        mean.ratioMaximum = all.map(\.ratioMaximum).max() ?? 0
        mean.largestRatioDeviation = all.map(\.largestRatioDeviation).max() ?? 0
        mean.forestTokens = all.reduce(0) { $0 + $1.forestTokens }
        return mean
    }
}
