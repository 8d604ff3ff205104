import Foundation
import Testing
import Training

// The reference numbers were worked out by hand from the formulas of the papers that the types name.
@Suite struct GroupAdvantageTests {
    @Test func isTheDistanceFromTheMeanInStandardDeviations() throws {
        // Mean 0.5, population variance (0.25 + 0.0625 + 0.0625 + 0.25) / 4 = 0.15625.
        let advantages = GroupAdvantage(epsilon: 0).advantages([0, 0.25, 0.75, 1])
        let deviation = 0.15625.squareRoot()
        for (advantage, distance) in zip(advantages, [-0.5, -0.25, 0.25, 0.5]) {
            #expect(abs(try #require(advantage) - distance / deviation) < 1e-12)
        }
    }

    @Test func equalRewardsHaveNoAdvantage() {
        for scale in [GroupAdvantage.Scale.groupDeviation, .batchDeviation] {
            #expect(
                GroupAdvantage(scale: scale, epsilon: 0).advantages(of: [[1, 1], [1, nil]]) == [[0, 0], [0, nil]])
        }
    }

    @Test func epsilonIsAddedToTheDeviation() throws {
        let advantages = GroupAdvantage(epsilon: 0.5).advantages([0, 1])
        #expect(advantages == [-0.5, 0.5])
    }

    @Test func withoutScaleIsTheDistanceAlone() {
        #expect(GroupAdvantage(scale: .none).advantages([-1, 0, 1]) == [-1, 0, 1])
    }

    @Test func leaveOneOutComparesWithTheMeanOfTheOthers() {
        // 3 - (0 + 0) / 2, 0 - (3 + 0) / 2.
        #expect(GroupAdvantage(scale: .leaveOneOut).advantages([3, 0, 0]) == [3, -1.5, -1.5])
        #expect(GroupAdvantage(scale: .leaveOneOut).advantages([3, nil]) == [0, nil])
    }

    @Test func theBatchsDeviationIsOfAllGroups() {
        // The rewards 0, 2, 0, 2 have the deviation 1 in the population, and 2 / sqrt(3) in a sample.
        let groups: [[Double?]] = [[0, 2], [0, nil, 2]]
        #expect(
            GroupAdvantage(scale: .batchDeviation, epsilon: 1).advantages(of: groups) == [
                [-0.5, 0.5], [-0.5, nil, 0.5],
            ]
        )
        let sample = GroupAdvantage(scale: .batchDeviation, epsilon: 0, ddof: 1).advantages(of: groups)
        #expect(abs(sample[0][1]! - 3.squareRoot() / 2) < 1e-12)
    }

    @Test func itemsWithoutARewardTakeNoPart() {
        let without = GroupAdvantage().advantages([0, 1])
        #expect(GroupAdvantage().advantages([0, nil, 1]) == [without[0], nil, without[1]])
        #expect(GroupAdvantage().advantages([nil, nil]) == [nil, nil])
    }

    @Test func equalRewardsHaveNoAdvantageAndNothingIsNaN() {
        #expect(GroupAdvantage().advantages([0.3, 0.3, 0.3]) == [0, 0, 0])
        #expect(GroupAdvantage().advantages([-1]) == [0])
    }
}

@Suite struct DynamicSamplingTests {
    @Test func keepsAGroupWhoseDeviationExceedsTheThreshold() {
        // The deviation of (0, 0.2) is 0.1.
        #expect(DynamicSampling(threshold: 0.09).keeps([0, 0.2]))
        #expect(!DynamicSampling(threshold: 0.11).keeps([0, 0.2]))
        #expect(!DynamicSampling(threshold: 0).keeps([0.7, 0.7, 0.7]))
    }

    @Test func withoutItEveryGroupOfTwoIsKept() {
        let off = DynamicSampling(enabled: false, threshold: 0.5, maximumDraws: 9)
        #expect(off.keeps([1, 1]) && off.keeps([1, nil, 1]) && !off.keeps([1, nil]))
    }

    @Test func anErrorIsNoRewardOfZero() {
        #expect(!DynamicSampling(threshold: 0).keeps([1, 1, nil]))
        #expect(!DynamicSampling(threshold: 0).keeps([1, nil]))
        #expect(!DynamicSampling(threshold: 0).keeps([]))
    }
}

@Suite struct ClippedObjectiveTests {
    let objective = ClippedObjective(clipLow: 0.2, clipHigh: 0.3, klCoefficient: 0.1)

    @Test func atRatioOneIsThePolicyGradient() {
        let token = objective.token(policy: -1.5, old: -1.5, advantage: 2)
        #expect(token.ratio == 1 && token.loss == -2 && token.derivative == -2 && !token.isClipped && token.kl == 0)
    }

    @Test(arguments: [
        // ratio, advantage, loss, derivative, clipped: min(ratio * A, clip(ratio) * A) with the clip to [0.8, 1.3].
        (1.5, 1.0, -1.3, 0.0, true), (1.5, -1.0, 1.5, 1.5, false), (0.5, 1.0, -0.5, -0.5, false),
        (0.5, -1.0, 0.8, 0.0, true), (1.25, 2.0, -2.5, -2.5, false),
    ])
    func clipsWhatGoesTooFarInItsOwnDirection(
        ratio: Double, advantage: Double, loss: Double, derivative: Double, isClipped: Bool
    ) {
        let token = objective.token(policy: -1 + log(ratio), old: -1, advantage: advantage)
        #expect(abs(token.loss - loss) < 1e-12 && abs(token.derivative - derivative) < 1e-12)
        #expect(token.isClipped == isClipped)
    }

    @Test func theDualBoundHoldsNegativeAdvantagesOnly() {
        let dual = ClippedObjective(clipDual: 3)
        // A ratio of 5 with A = -1 costs 3, and is not held back by clipHigh.
        let bounded = dual.surrogate(logRatio: log(5), advantage: -1)
        #expect(bounded.loss == 3 && bounded.derivative == 0 && bounded.bound == .dual)
        #expect(dual.surrogate(logRatio: log(2), advantage: -1).bound == nil)
        #expect(dual.surrogate(logRatio: log(5), advantage: 1).bound == .high)
    }

    @Test func k1AndK2AreTheDifferenceAndHalfItsSquare() {
        let (k1, k2) = (
            KLEstimator.k1.estimate(policy: -2, reference: -1.5), KLEstimator.k2.estimate(policy: -2, reference: -1.5)
        )
        #expect(k1 == (-0.5, 1) && k2 == (0.125, -0.5))
    }

    @Test func k3IsExpDMinusDMinusOne() {
        // d = reference - policy = 0.5: k3 = 1.6487212707 - 1.5.
        let token = objective.token(policy: -2, old: -2, advantage: 0, reference: -1.5)
        #expect(abs(token.kl - 0.1487212707001282) < 1e-12)
        #expect(abs(token.loss - 0.01487212707001282) < 1e-12)
        #expect(objective.token(policy: -2, old: -2, advantage: 0, reference: -2).kl == 0)
    }

    @Test func derivativesAreThoseOfTheLoss() {
        for (index, (policy, old, advantage, reference)) in [
            (-1.0, -1.1, 0.7, -0.8), (-1.0, -0.9, -1.3, -1.4), (-2.0, -2.9, 1.0, -2.0), (-0.4, -0.1, -0.5, -0.6),
        ].enumerated() {
            var objective = objective
            objective.klEstimator = KLEstimator.allCases[index % 3]
            let step = 1e-6
            func loss(_ shift: Double) -> Double {
                objective.token(policy: policy + shift, old: old, advantage: advantage, reference: reference).loss
            }
            let numeric = (loss(step) - loss(-step)) / (2 * step)
            let token = objective.token(policy: policy, old: old, advantage: advantage, reference: reference)
            #expect(abs(numeric - token.derivative) < 1e-7)
        }
    }
}
