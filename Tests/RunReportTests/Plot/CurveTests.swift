import RunReport
import Testing

@Suite struct CurveTests {
    private func series(_ steps: some Sequence<Int>, _ value: (Int) -> Double = Double.init) -> MetricsHistory.Series {
        let steps = Array(steps)
        return MetricsHistory.Series(steps: steps, values: steps.map(value))
    }

    @Test func aMissingStepIsAGap() {
        let curve = Curve(series([1, 2, 3, 5, 6]))
        #expect(curve.stretches.map { $0.map(\.step) } == [[1, 2, 3], [5, 6]])
        // Evaluations are far apart, and the last may come early or late.
        #expect(Curve(series([0, 200, 400, 450, 650]), smoothing: false).stretches.count == 1)
        #expect(Curve(series([0, 200, 400, 1400])).stretches.map(\.count) == [3, 1])
        #expect(Curve(series([7])).stretches.map(\.count) == [1])
        #expect(Curve(series([])).points.isEmpty)
    }

    @Test func noLineAndNoAverageGoesIntoAnotherPhase() {
        let curve = Curve(series(1...40) { $0 <= 20 ? 0 : 100 }, breaks: [21])
        #expect(curve.stretches.map(\.count) == [20, 20])
        #expect(curve.stretches[0].allSatisfy { $0.smooth == 0 })
        #expect(curve.stretches[1].allSatisfy { abs($0.smooth - 100) < 1e-9 })
    }

    @Test func manyValuesBecomeFewPointsThatSayWhereTheyWere() {
        let curve = Curve(series(1...24_000) { Double($0 % 2) })
        #expect(curve.bucket == 100 && curve.points.count == 240)
        #expect(curve.points.allSatisfy { $0.mean == 0.5 && $0.low == 0 && $0.high == 1 })
        #expect(curve.points[0].step == 50.5)
        // Gaps that are narrower than a point would be more points than values.
        let sparse = series((1...24_000).filter { $0 % 3 != 0 })
        #expect(Curve(sparse).points.count < 260)
    }

    @Test func aConstantStaysAndAStepIsFollowed() {
        #expect(Curve(series(1...100) { _ in 2.5 }).points.allSatisfy { abs($0.smooth - 2.5) < 1e-9 })
        let curve = Curve(series(1...200) { $0 <= 100 ? 0 : 1 })
        #expect(curve.isSmoothed && curve.points[99].smooth == 0)
        let after = curve.points[100...].map(\.smooth)
        #expect(after == after.sorted() && after[0] > 0 && after[0] < 1 && after[99] > 0.99)
        // Of few values there is no average.
        #expect(!Curve(series(1...11)).isSmoothed)
    }
}
