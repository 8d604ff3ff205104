import Foundation
import Reward
import ServiceAPI
import Testing

/// Figures by hand, or from SciPy 1.14 (`kendalltau`, `pearsonr`) where it is said.
@Suite struct RewardComparisonTests {
    private func compare(_ groups: ([Double?], [Double?])...) -> RewardComparison {
        var comparison = RewardComparison()
        for (one, other) in groups { comparison.add(one, other) }
        return comparison
    }

    private func isNear(_ value: Double?, _ expected: Double) -> Bool {
        value.map { ($0 - expected).magnitude < 1e-12 } ?? false
    }

    @Test func theSameRewardsDoNotDiffer() {
        let same = compare(([0, 0.5, 1], [0, 0.5, 1]), ([1, 1], [1, 1]))
        #expect(same.items == 5 && same.differing == 0 && same.largestDifference == 0 && same.groups == 2)
        #expect(same.bestChanged == 0 && same.signChanged == 0 && same.signalLost == 0 && same.signalGained == 0)
        #expect(isNear(same.pearson, 1) && same.kendall == 1)
    }

    @Test func pearsonIsOverAllItems() {
        // pearsonr([1, 2, 3], [2, 4, 7])
        #expect(isNear(compare(([1, 2], [2, 4]), ([3], [7])).pearson, 0.9933992677987828))
        #expect(compare(([1, 1], [0, 2])).pearson == nil)
    }

    @Test func kendallIsWithinGroups() {
        // kendalltau([1, 2, 3, 4], [1, 3, 2, 4]) and, with ties, ([1, 1, 2, 3], [1, 2, 2, 3])
        #expect(isNear(compare(([1, 2, 3, 4], [1, 3, 2, 4])).kendall, 2.0 / 3))
        #expect(isNear(compare(([1, 1, 2, 3], [1, 2, 2, 3])).kendall, 0.8))
        // One group in order and one reversed; between the groups everything is in order. A group that is flat has no tau.
        #expect(isNear(compare(([1, 2], [1, 2]), ([11, 12], [12, 11]), ([5, 5], [1, 2])).kendall, 0))
        #expect(compare(([1], [2])).kendall == nil)
    }

    @Test func seesWhatTrainingWouldSee() {
        let other = compare(
            ([0, 0.4, 1], [0, 1, 0.4]),  // another best; the second and the third change sides of the mean (7/15)
            ([0, 1, 1], [0, 0.5, 1]),  // one of the best stays the best; 0.5 lies on the mean
            ([0, 1], [1, 1]), ([1, 1], [0, 1]))
        #expect(other.groups == 4 && other.bestChanged == 1)
        #expect(other.signChanged == 1 && other.itemsWithSignChanged == 2)
        #expect(other.signalLost == 1 && other.signalGained == 1)
        #expect(other.items == 10 && other.differing == 5)
        #expect(isNear(other.meanDifference, (0.6 + 0.6 + 0.5 + 1 + 1) / 10) && other.largestDifference == 1)
    }

    @Test func whatHasNoRewardTakesNoPart() {
        let some = compare(([nil, 1, 0], [1, nil, 0]), ([1, nil], [0, 0]))
        #expect(some.items == 2 && some.groups == 0 && some.differing == 1)
    }

    @Test func summariesCountWhatTheyAreMadeOf() throws {
        var summary = RewardSummary()
        for score: ItemScore? in [
            .scored(reward: 1, components: [:]), .formatViolation(reward: -1, reason: "r"), nil,
            .error(ItemError(code: "c", message: "m")), .scored(reward: 0.5, components: [:]),
        ] { summary.add(score) }
        #expect(summary.items == 5 && summary.rewards == 3 && summary.errors == 1 && summary.missing == 1)
        #expect(summary.formatViolations == 1)
        #expect(isNear(summary.mean, 0.5 / 3))
        // statistics.pstdev([1, -1, 0.5])
        #expect(isNear(summary.deviation, 0.8498365855987975))
        #expect(RewardSummary().mean == nil && RewardSummary().deviation == nil)
    }
}
