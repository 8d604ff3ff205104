/// What is drawn of a metric: its values in stretches without a gap, thinned out where there are more than a plot can show, and a smoothed line.
package struct Curve: Sendable, Equatable {
    /// Several steps in a row.
    package struct Point: Sendable, Equatable {
        package let step: Double
        package let mean: Double
        package let low: Double
        package let high: Double
        /// The smoothed value at the last of the steps.
        package let smooth: Double
    }

    package let stretches: [[Point]]
    /// How many values a point stands for; 1 where all are drawn.
    package let bucket: Int
    /// Steps over which the smoothed line averages, about.
    package let window: Int

    package var isSmoothed: Bool { window > 1 }
    package var points: [Point] { stretches.flatMap(\.self) }

    /// - Parameters:
    ///   - breaks: steps at which another phase begins: no line and no average goes across.
    ///   - resolution: points of a plot, about.
    ///   - smoothing: false for a metric of which there are few values, each with its own interval.
    package init(
        _ series: MetricsHistory.Series, breaks: [Int] = [], resolution: Int = 240, smoothing: Bool = true
    ) {
        let count = series.steps.count
        let bucket = max(1, (count + resolution - 1) / resolution)
        self.bucket = bucket
        window = smoothing && count >= 12 ? max(5, count / 40) : 1
        let gap = Self.gap(series.steps, bucket: bucket)
        var stretches: [[Point]] = []
        var start = 0
        for index in 0..<count {
            let isLast = index + 1 == count
            let ends =
                isLast || series.steps[index + 1] - series.steps[index] > gap
                || breaks.contains { series.steps[index] < $0 && $0 <= series.steps[index + 1] }
            guard ends else { continue }
            stretches.append(Self.thin(series, start...index, bucket: bucket, window: window))
            start = index + 1
        }
        self.stretches = stretches
    }

    /// The largest distance of steps that is no gap: what is usual, and a little more; a gap narrower than a point does not show anyway.
    private static func gap(_ steps: [Int], bucket: Int) -> Int {
        let distances = zip(steps.dropFirst(), steps).map { $0 - $1 }.sorted()
        guard !distances.isEmpty else { return .max }
        let usual = distances[distances.count / 2]
        return bucket == 1 ? (usual == 1 ? 1 : 2 * usual) : 2 * bucket * usual
    }

    private static func thin(
        _ series: MetricsHistory.Series, _ range: ClosedRange<Int>, bucket: Int, window: Int
    ) -> [Point] {
        // An average whose weights fall off, corrected for how few values there are at first.
        let keep = 1 - 2 / Double(window + 1)
        var (sum, weight) = (0.0, 0.0)
        return stride(from: range.lowerBound, through: range.upperBound, by: bucket).map { first in
            let values = series.values[first...min(first + bucket - 1, range.upperBound)]
            for value in values {
                sum = keep * sum + (1 - keep) * value
                weight = keep * weight + (1 - keep)
            }
            let steps = series.steps[first..<first + values.count]
            return Point(
                step: Double(steps.reduce(0, +)) / Double(values.count),
                mean: values.reduce(0, +) / Double(values.count), low: values.min() ?? 0, high: values.max() ?? 0,
                smooth: sum / weight)
        }
    }
}
