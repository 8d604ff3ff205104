import CoreMetrics
import Synchronization

/// Keeps the metrics of a process and writes them in Prometheus' text format 0.0.4; a swift-metrics back end.
///
/// ```swift
/// let registry = PrometheusRegistry()
/// registry.describe("reward_items_total", help: "Items scored, by status.")
/// MetricsSystem.bootstrap(registry)                       // once, by the executable
/// Counter(label: "reward_items_total", dimensions: [("status", "scored")], factory: registry).increment()
/// ```
/// Names follow Prometheus' conventions: counters end in `_total` and timers in `_seconds` (added where missing). One name has one kind.
public final class PrometheusRegistry: MetricsFactory {
    /// The content type of ``render()``.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Bounds for times in seconds: from a score of a few short strings to an evaluation's request.
    public static let timeBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    /// Bounds for what should take less than a millisecond, in seconds.
    public static let shortTimeBounds = [
        0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
        0.5,
        1, 2.5, 10,
    ]

    /// Bounds for sizes in bytes: by fours, from a header's worth to the largest body that is taken.
    public static let sizeBounds: [Double] = [
        256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
    ]

    /// Bounds for how many there are of something in a batch.
    public static let countBounds: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384]

    private enum Family {
        case counter([LabelSet: CounterSeries])
        case gauge([LabelSet: GaugeSeries])
        case histogram([LabelSet: HistogramSeries])

        var kind: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    private struct Description {
        var help: String
        var bounds: [Double]?
    }

    private struct State {
        var families: [String: Family] = [:]
        var descriptions: [String: Description] = [:]
        var refreshers: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// Says what a metric means and, for a histogram, its bounds. To be called before the metric is first used.
    public func describe(_ name: String, help: String, bounds: [Double]? = nil) {
        precondition(bounds.map { $0 == $0.sorted() && !$0.isEmpty } ?? true, "the bounds of \(name) must ascend")
        state.withLock { $0.descriptions[name] = Description(help: help, bounds: bounds) }
    }

    /// Has `refresh` run before every rendering: for gauges that are read, not kept.
    public func onRender(_ refresh: @escaping @Sendable () -> Void) { state.withLock { $0.refreshers.append(refresh) } }

    // MARK: Making series. A second request with the same name and labels gets the same series.

    func counter(_ name: String, _ labels: [(String, String)] = []) -> CounterSeries {
        series(MetricName.withSuffix("_total", MetricName.metric(name)), labels) { family, labels in
            guard case .counter(var all) = family ?? .counter([:]) else { return nil }
            if let series = all[labels] { return (series, nil) }
            let series = CounterSeries()
            all[labels] = series
            return (series, .counter(all))
        }
    }

    func gauge(_ name: String, _ labels: [(String, String)] = []) -> GaugeSeries {
        series(MetricName.metric(name), labels) { family, labels in
            guard case .gauge(var all) = family ?? .gauge([:]) else { return nil }
            if let series = all[labels] { return (series, nil) }
            let series = GaugeSeries()
            all[labels] = series
            return (series, .gauge(all))
        }
    }

    func histogram(_ name: String, _ labels: [(String, String)] = [], suffix: String = "") -> HistogramSeries {
        let name = MetricName.withSuffix(suffix, MetricName.metric(name))
        let bounds = state.withLock { $0.descriptions[name]?.bounds } ?? Self.timeBounds
        return series(name, labels) { family, labels in
            guard case .histogram(var all) = family ?? .histogram([:]) else { return nil }
            if let series = all[labels] { return (series, nil) }
            let series = HistogramSeries(bounds: bounds)
            all[labels] = series
            return (series, .histogram(all))
        }
    }

    private func series<Series: Sendable>(
        _ name: String, _ dimensions: [(String, String)], find: (Family?, LabelSet) -> (Series, changed: Family?)?
    ) -> Series {
        let labels = LabelSet(dimensions)
        return state.withLock { state in
            guard let (series, changed) = find(state.families[name], labels) else {
                preconditionFailure(
                    "\(name) is a \(state.families[name]?.kind ?? "?") already, and one name has one kind")
            }
            if let changed { state.families[name] = changed }
            return series
        }
    }

    // MARK: MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler { counter(label, dimensions) }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { return histogram(label, dimensions) }
        return gauge(label, dimensions)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions, suffix: "_seconds")
    }

    // What was counted stays until the process ends: a counter that vanishes and comes back reads as a restart.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    // MARK: Rendering

    /// All metrics, sorted by name and labels.
    public func render() -> String {
        for refresh in state.withLock({ $0.refreshers }) { refresh() }
        let (families, descriptions) = state.withLock { ($0.families, $0.descriptions) }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let help = descriptions[name]?.help { text += "# HELP \(name) \(MetricName.escapedHelp(help))\n" }
            text += "# TYPE \(name) \(family.kind)\n"
            switch family {
            case .counter(let all):
                for (labels, series) in all.sorted(by: { $0.key < $1.key }) {
                    text += "\(name)\(labels.rendered()) \(MetricName.number(series.value))\n"
                }
            case .gauge(let all):
                for (labels, series) in all.sorted(by: { $0.key < $1.key }) {
                    text += "\(name)\(labels.rendered()) \(MetricName.number(series.value))\n"
                }
            case .histogram(let all):
                for (labels, series) in all.sorted(by: { $0.key < $1.key }) {
                    text += Self.rendered(name, labels, series)
                }
            }
        }
        return text
    }

    private static func rendered(_ name: String, _ labels: LabelSet, _ series: HistogramSeries) -> String {
        let snapshot = series.snapshot
        var text = ""
        var cumulative: UInt64 = 0
        for (bound, count) in zip(series.bounds + [.infinity], snapshot.counts) {
            cumulative += count
            text += "\(name)_bucket\(labels.rendered(and: "le=\"\(MetricName.number(bound))\"")) \(cumulative)\n"
        }
        text += "\(name)_sum\(labels.rendered()) \(MetricName.number(snapshot.sum))\n"
        return text + "\(name)_count\(labels.rendered()) \(cumulative)\n"
    }
}
