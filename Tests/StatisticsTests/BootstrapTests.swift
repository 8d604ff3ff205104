import Statistics
import Testing

@Suite struct BootstrapTests {
    @Test func equalValuesHaveNoSpread() {
        for count in [1, 2, 100] {
            let (low, high) = Bootstrap(resamples: 100, seed: 1).meanInterval(
                of: [Double](repeating: 0.25, count: count))
            #expect(low == 0.25 && high == 0.25)
        }
    }

    @Test func theSeedDeterminesTheInterval() {
        let values = (0..<30).map { Double($0 * $0 % 11) }
        let first = Bootstrap(resamples: 500, seed: 4).meanInterval(of: values)
        #expect(first == Bootstrap(resamples: 500, seed: 4).meanInterval(of: values))
        #expect(first != Bootstrap(resamples: 500, seed: 5).meanInterval(of: values))
    }

    /// Means of resamples of 0 and 1 are 0, 0.5 and 1 with chances 1/4, 1/2, 1/4: the outer 2.5% are the extremes.
    @Test func theIntervalIsOfQuantiles() {
        let (low, high) = Bootstrap(resamples: 1000, seed: 2).meanInterval(of: [0, 1])
        #expect(low == 0 && high == 1)
    }

    @Test func theIntervalIsInsideTheValuesAndNarrowsWithTheirNumber() {
        let few = Bootstrap(resamples: 1000, seed: 3).meanInterval(of: (0..<20).map { Double($0 % 5) })
        let many = Bootstrap(resamples: 1000, seed: 3).meanInterval(of: (0..<2000).map { Double($0 % 5) })
        #expect(few.low >= 0 && few.high <= 4 && few.low < 2 && few.high > 2)
        #expect(many.high - many.low < (few.high - few.low) / 5)
    }
}
