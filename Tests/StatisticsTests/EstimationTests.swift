import Statistics
import Testing

@Suite struct EstimationTests {
    @Test func passAtOneIsTheShareOfCorrectSamples() {
        #expect(Estimation.passProbability(at: 1, ProblemOutcome(correct: 3, samples: 8)) == 3.0 / 8)
    }

    /// C(5, 2) / C(8, 2) = 10 / 28 of the pairs hold no correct sample.
    @Test func passAtTwoCountsPairs() {
        let value = Estimation.passProbability(at: 2, ProblemOutcome(correct: 3, samples: 8))
        #expect(abs(value - (1 - 10.0 / 28)) < 1e-15)
    }

    @Test func passAtAllSamplesIsCertainWithOneCorrect() {
        #expect(Estimation.passProbability(at: 8, ProblemOutcome(correct: 1, samples: 8)) == 1)
        #expect(Estimation.passProbability(at: 8, ProblemOutcome(correct: 0, samples: 8)) == 0)
    }

    @Test func averageIsOverProblemsWhateverTheirNumberOfSamples() {
        let outcomes = [ProblemOutcome(correct: 1, samples: 2), ProblemOutcome(correct: 1, samples: 4)]
        #expect(Estimation.average(outcomes, seed: 1).value == 0.375)
    }

    /// Wilson 95% for 0 of 20: [0, z^2 / (n + z^2)] = [0, 0.1611].
    @Test func noSuccessIsNotCertainty() {
        let none = Estimation.average(Array(repeating: ProblemOutcome(correct: 0, samples: 8), count: 20), seed: 1)
        #expect(none.value == 0)
        #expect(none.low == 0)
        #expect(abs(none.high - 0.161125) < 1e-5)
        #expect(none.method.contains("Wilson"))
    }

    @Test func theBootstrapIsSeededAndHoldsTheMean() {
        let outcomes = (0..<40).map { ProblemOutcome(correct: $0 * $0 % 7, samples: 7 + $0 % 4) }
        let first = Estimation.average(outcomes, seed: 7)
        #expect(first == Estimation.average(outcomes, seed: 7))
        #expect(first.low < first.value && first.value < first.high)
        #expect(first.low != Estimation.average(outcomes, seed: 8).low)
    }

    /// For many values the percentile bootstrap nears the normal interval: mean 0.5, standard error 0.5 / sqrt(400).
    @Test func theBootstrapNearsTheNormalInterval() {
        let values = (0..<400).map { Double($0 % 2) }
        let (low, high) = Bootstrap(resamples: 4_000, seed: 3).meanInterval(of: values)
        #expect(abs(low - (0.5 - 1.96 * 0.025)) < 0.006)
        #expect(abs(high - (0.5 + 1.96 * 0.025)) < 0.006)
    }
}
