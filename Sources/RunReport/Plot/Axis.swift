import Foundation

/// One axis of a plot: from where to where, and the ticks at round numbers.
package struct Axis: Sendable, Equatable {
    package let low: Double
    package let high: Double
    package let ticks: [Double]
    package let isLogarithmic: Bool
    /// How far ticks are apart.
    package let step: Double

    /// An axis that holds a range and ends at ticks, unless it is `tight`.
    ///
    /// - Parameter count: about how many ticks there are to be.
    package init(_ range: ClosedRange<Double>, count: Int = 5, tight: Bool = false) {
        var (low, high) = (range.lowerBound, range.upperBound)
        if low == high {
            // A flat curve is drawn in the middle.
            let margin = low == 0 ? 1 : low.magnitude * 0.1
            (low, high) = (low - margin, high + margin)
        }
        let step = Self.roundStep((high - low) / Double(max(1, count - 1)), isWhole: tight)
        self.step = step
        let first = (low / step + (tight ? -1e-9 : 1e-9)).rounded(tight ? .up : .down)
        let last = (high / step + (tight ? 1e-9 : -1e-9)).rounded(tight ? .down : .up)
        ticks = first <= last ? (Int(first)...Int(last)).map { Double($0) * step } : []
        self.low = tight ? low : min(low, ticks.first ?? low)
        self.high = tight ? high : max(high, ticks.last ?? high)
        isLogarithmic = false
    }

    /// An axis with a tick at powers of ten, for values above 0.
    package init(logarithmic range: ClosedRange<Double>) {
        let first = Int(log10(range.lowerBound).rounded(.down))
        let last = max(first + 1, Int(log10(range.upperBound).rounded(.up)))
        let stride = max(1, (last - first + 4) / 5)
        ticks = Swift.stride(from: first, through: last, by: stride).map { pow(10, Double($0)) }
        low = pow(10, Double(first))
        high = pow(10, Double(last))
        step = 0
        isLogarithmic = true
    }

    /// 0 at the low end, 1 at the high end.
    package func share(_ value: Double) -> Double {
        if isLogarithmic { return (log10(max(value, low / 10)) - log10(low)) / (log10(high) - log10(low)) }
        return (value - low) / (high - low)
    }

    package func label(_ tick: Double) -> String {
        isLogarithmic ? NumberText.power(tick) : NumberText.tick(tick, step: step)
    }

    /// 1, 2 or 5 times a power of ten.
    private static func roundStep(_ wanted: Double, isWhole: Bool) -> Double {
        let power = pow(10, log10(wanted).rounded(.down))
        let factor = [1, 2, 5, 10].first { $0 * power >= wanted * 0.75 } ?? 10
        return isWhole ? max(1, factor * power) : factor * power
    }
}
