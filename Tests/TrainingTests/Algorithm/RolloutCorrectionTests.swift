import Foundation
import Testing
import Training

// Ratios of e^0.5 and e^-0.25 of two tokens: their product is e^0.25.
@Suite struct RolloutCorrectionTests {
    private let old: [Float] = [-1, -2]
    private let rollout: [Float] = [-1.5, -1.75]

    @Test(arguments: [
        (RolloutCorrection.Mode.none, [1.0, 1.0]), (.tokenTruncate, [1.2, exp(-0.25)]), (.tokenMask, [0, exp(-0.25)]),
        (.sequenceTruncate, [1.2, 1.2]), (.sequenceMask, [0, 0]),
    ])
    func weighs(_ mode: RolloutCorrection.Mode, expected: [Double]) {
        let correction = RolloutCorrection(mode: mode, cap: 1.2)
        let weights = correction.ratios(old: old, rollout: rollout).map(correction.weight)
        for (weight, expected) in zip(weights, expected) { #expect(abs(weight - expected) < 1e-12) }
    }

    @Test func belowTheCapIsTheRatio() {
        let correction = RolloutCorrection(mode: .sequenceMask, cap: 2)
        #expect(correction.ratios(old: old, rollout: rollout).map(correction.weight) == [exp(0.25), exp(0.25)])
    }
}
