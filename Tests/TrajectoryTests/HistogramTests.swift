import Testing
import Trajectory

@Suite("Histograms in text")
struct HistogramTests {
    @Test("Each number has a line, also those in between that do not occur")
    func lines() {
        let histogram = Histogram(counts: [2: 1_000, 3: 500, 5: 1])
        #expect(
            histogram.lines(width: 8) == [
                "  2 │████████ 1,000   66.6%",
                "  3 │████       500   33.3%",
                "  4 │             0    0.0%",
                "  5 │▏            1    0.1%",
            ])
        #expect(histogram.summary == "3,505 in all, mean 2.34, median 2, 2 to 5")
    }

    @Test("Many numbers are put together in round ranges")
    func ranges() {
        let wide = Histogram(counts: Dictionary(uniqueKeysWithValues: (7...143).map { ($0, 2) }))
        let lines = wide.lines()
        #expect(lines.count <= 20)
        #expect(lines.first?.hasPrefix("      0-9 │") == true)
        #expect(lines.last?.hasPrefix("  140-149 │") == true)
        #expect(lines.first?.contains(" 6 ") == true && lines.last?.contains(" 8 ") == true)
        #expect(Histogram(counts: [1: 1, 100_000: 1]).lines().count <= 21)
        #expect(Histogram(counts: [1: 1, 30: 1]).lines().first?.hasPrefix("    0-1 │") == true)
    }

    @Test("Nothing is nothing, one number one line")
    func few() {
        #expect(Histogram(counts: [:]).lines().isEmpty)
        #expect(Histogram(counts: [:]).summary == nil)
        #expect(Histogram(counts: [4: 3]).lines(width: 2) == ["  4 │██ 3  100.0%"])
        #expect(Histogram(counts: [4: 3]).summary == "12 in all, mean 4.00, median 4, 4 to 4")
    }
}
