import Metrics
import ServiceAPI
import ServiceKit
import Synchronization

/// Counts what was scored, by function.
final class RewardMetrics: Sendable {
    /// What is kept of a function, found once: every request passes here.
    private struct FunctionSeries {
        let groups: Counter
        let items: Recorder
        let scoring: Timer
        let decoding: Timer
        let encoding: Timer
        var statuses: [ScoreStatus: Counter] = [:]
        var errors: [String: Counter] = [:]
    }

    private let registry: PrometheusRegistry
    private let functions = Mutex<[String: FunctionSeries]>([:])

    init(registry: PrometheusRegistry) {
        registry.describe("reward_items_total", help: "Items, by reward function and status.")
        registry.describe("reward_item_errors_total", help: "Items that could not be scored, by function and code.")
        registry.describe("reward_groups_total", help: "Groups, by reward function.")
        registry.describe(
            "reward_batch_items", help: "Items that were scored together, by reward function.",
            bounds: PrometheusRegistry.countBounds)
        registry.describe(
            "reward_scoring_seconds", help: "Time that a request's scoring took, without the network.",
            bounds: PrometheusRegistry.shortTimeBounds)
        registry.describe(
            "reward_decode_seconds", help: "Time from a score request's decompressed JSON to its message.",
            bounds: PrometheusRegistry.shortTimeBounds)
        registry.describe(
            "reward_encode_seconds", help: "Time from a score response's message to its JSON.",
            bounds: PrometheusRegistry.shortTimeBounds)
        self.registry = registry
    }

    /// - Parameter function: the name of a function that there is.
    func record(_ response: ScoreResponse, function: String, duration: Duration) {
        var counts: [ScoreStatus: Int] = [:]
        var codes: [String: Int] = [:]
        for group in response.groups {
            for score in group.scores {
                counts[score.status, default: 0] += 1
                if case .error(let error) = score { codes[error.code, default: 0] += 1 }
            }
        }
        functions.withLock { functions in
            var series = functions[function] ?? make(function)
            for (status, count) in counts {
                let counter = series.statuses[status] ?? counter("reward_items", function, ("status", status.rawValue))
                counter.increment(by: count)
                series.statuses[status] = counter
            }
            for (code, count) in codes {
                let counter = series.errors[code] ?? counter("reward_item_errors", function, ("code", code))
                counter.increment(by: count)
                series.errors[code] = counter
            }
            series.groups.increment(by: response.groups.count)
            series.items.record(counts.values.reduce(0, +))
            series.scoring.recordNanoseconds(Int64(duration / .nanoseconds(1)))
            functions[function] = series
        }
    }

    /// What JSON cost of a score request, from its bytes and to those of its answer.
    func record(decoding: Duration, encoding: Duration, function: String) {
        functions.withLock { functions in
            let series = functions[function] ?? make(function)
            series.decoding.recordNanoseconds(Int64(decoding / .nanoseconds(1)))
            series.encoding.recordNanoseconds(Int64(encoding / .nanoseconds(1)))
            functions[function] = series
        }
    }

    private func make(_ function: String) -> FunctionSeries {
        let dimensions = [("function", function)]
        func timer(_ label: String) -> Timer { Timer(label: label, dimensions: dimensions, factory: registry) }
        return FunctionSeries(
            groups: Counter(label: "reward_groups_total", dimensions: dimensions, factory: registry),
            items: Recorder(
                label: "reward_batch_items", dimensions: dimensions, aggregate: true, factory: registry),
            scoring: timer("reward_scoring_seconds"), decoding: timer("reward_decode_seconds"),
            encoding: timer("reward_encode_seconds"))
    }

    private func counter(_ name: String, _ function: String, _ dimension: (String, String)) -> Counter {
        Counter(label: name + "_total", dimensions: [("function", function), dimension], factory: registry)
    }
}
