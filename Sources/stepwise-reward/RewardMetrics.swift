import Metrics
import ServiceAPI
import ServiceKit

/// Counts what was scored.
struct RewardMetrics: Sendable {
    private let registry: PrometheusRegistry

    init(registry: PrometheusRegistry) {
        registry.describe("reward_items_total", help: "Items, by reward function and status.")
        registry.describe("reward_groups_total", help: "Groups, by reward function.")
        registry.describe("reward_scoring_seconds", help: "Time that a request's scoring took, without the network.")
        self.registry = registry
    }

    func record(_ response: ScoreResponse, function: String, duration: Duration) {
        var counts: [ScoreStatus: Int] = [:]
        for group in response.groups { for score in group.scores { counts[score.status, default: 0] += 1 } }
        for (status, count) in counts {
            Counter(
                label: "reward_items_total", dimensions: [("function", function), ("status", status.rawValue)],
                factory: registry
            ).increment(by: count)
        }
        Counter(label: "reward_groups_total", dimensions: [("function", function)], factory: registry)
            .increment(by: response.groups.count)
        Timer(label: "reward_scoring_seconds", dimensions: [("function", function)], factory: registry)
            .recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }
}
