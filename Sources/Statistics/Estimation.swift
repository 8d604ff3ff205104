// What a table of results is made of: Avg@k and pass@k over problems, each with an interval.
// The unit of resampling is the problem: samples of one problem are not independent of each other.

/// An estimate over a benchmark, between 0 and 1, with a confidence interval.
package struct IntervalEstimate: Sendable, Equatable {
    package var value: Double
    package var low: Double
    package var high: Double
    /// How the interval was made, as reports print it.
    package var method: String

    package init(value: Double, low: Double, high: Double, method: String) {
        self.value = value
        self.low = low
        self.high = high
        self.method = method
    }
}

/// Correct samples out of all samples, for one problem.
package struct ProblemOutcome: Sendable, Equatable {
    package var correct: Int
    package var samples: Int

    package init(correct: Int, samples: Int) {
        precondition(samples > 0 && (0...samples).contains(correct), "\(correct) correct of \(samples) samples")
        self.correct = correct
        self.samples = samples
    }
}

package enum Estimation {
    /// Avg@k: the share of correct samples, averaged over problems.
    ///
    /// - Parameters:
    ///   - outcomes: one for each problem; not empty.
    ///   - seed: of the bootstrap's resampling.
    package static func average(_ outcomes: [ProblemOutcome], seed: UInt64) -> IntervalEstimate {
        estimate(outcomes.map { Double($0.correct) / Double($0.samples) }, seed: seed)
    }

    /// pass@k, the unbiased estimator of Chen et al. 2021 (arXiv 2107.03374, section 2.1): the chance that at least one of
    /// k samples drawn without replacement from the problem's samples is correct.
    ///
    /// - Precondition: every problem has at least `k` samples.
    package static func pass(at k: Int, _ outcomes: [ProblemOutcome], seed: UInt64) -> IntervalEstimate {
        estimate(outcomes.map { passProbability(at: k, $0) }, seed: seed)
    }

    /// 1 - C(n - c, k) / C(n, k), as a product that stays in range for any n.
    package static func passProbability(at k: Int, _ outcome: ProblemOutcome) -> Double {
        precondition(k >= 1 && k <= outcome.samples, "pass@\(k) of \(outcome.samples) samples")
        let wrong = outcome.samples - outcome.correct
        guard wrong >= k else { return 1 }
        var noneCorrect = 1.0
        for drawn in 0..<k { noneCorrect *= Double(wrong - drawn) / Double(outcome.samples - drawn) }
        return 1 - noneCorrect
    }

    /// The mean of per-problem values with a 95% interval.
    ///
    /// A bootstrap over values that are all equal collapses to a point, which would claim a certainty that nobody has: the
    /// interval is then Wilson's, with the problems as trials.
    package static func estimate(_ values: [Double], seed: UInt64) -> IntervalEstimate {
        precondition(!values.isEmpty, "an estimate needs at least one problem")
        let mean = values.reduce(0, +) / Double(values.count)
        guard let first = values.first, values.contains(where: { $0 != first }) else {
            let (low, high) = wilson(share: mean, trials: values.count)
            return IntervalEstimate(
                value: mean, low: low, high: high, method: "Wilson over \(values.count) problems")
        }
        let (low, high) = Bootstrap(resamples: 2_000, seed: seed).meanInterval(of: values)
        return IntervalEstimate(
            value: mean, low: low, high: high,
            method: "percentile bootstrap over \(values.count) problems, 2000 resamples")
    }

    /// Wilson's score interval for a share at 95% (Wilson 1927, doi:10.2307/2276774).
    package static func wilson(share: Double, trials: Int) -> (low: Double, high: Double) {
        let z = 1.959963984540054
        let n = Double(trials)
        let denominator = 1 + z * z / n
        let centre = (share + z * z / (2 * n)) / denominator
        let half = z / denominator * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return (max(0, centre - half), min(1, centre + half))
    }
}
