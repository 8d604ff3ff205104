import CoreMetrics
import Synchronization

/// One counter: only grows.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let stored = Mutex(0.0)

    var value: Double { stored.withLock { $0 } }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        // A counter that falls would read as a restart.
        guard amount > 0, amount.isFinite else { return }
        stored.withLock { $0 += amount }
    }

    /// Takes over a total that is kept elsewhere.
    func advance(to total: Double) { stored.withLock { $0 = max($0, total) } }

    func reset() { stored.withLock { $0 = 0 } }
}

/// One gauge: a value that is set.
final class GaugeSeries: MeterHandler, RecorderHandler {
    private let stored = Mutex(0.0)

    var value: Double { stored.withLock { $0 } }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { stored.withLock { $0 = value } }
    func increment(by amount: Double) { stored.withLock { $0 += amount } }
    func decrement(by amount: Double) { stored.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
}

/// One histogram: how many values were at most as large as each bound.
final class HistogramSeries: RecorderHandler, TimerHandler {
    struct Snapshot {
        /// Values at most as large as `bounds[i]` and larger than the bound before; the last one: larger than all.
        var counts: [UInt64]
        var sum = 0.0
    }

    let bounds: [Double]
    private let stored: Mutex<Snapshot>

    init(bounds: [Double]) {
        self.bounds = bounds
        stored = Mutex(Snapshot(counts: [UInt64](repeating: 0, count: bounds.count + 1)))
    }

    var snapshot: Snapshot { stored.withLock { $0 } }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        // NaN has no bucket, and would make the sum NaN for good.
        guard !value.isNaN else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        stored.withLock { snapshot in
            snapshot.counts[index] += 1
            snapshot.sum += value
        }
    }

    /// Timers are kept in seconds, Prometheus' base unit.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}
