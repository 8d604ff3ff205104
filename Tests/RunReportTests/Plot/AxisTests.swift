import RunReport
import Testing

@Suite struct AxisTests {
    struct Case: Sendable {
        let low: Double
        let high: Double
        let labels: [String]
    }

    @Test(arguments: [
        Case(low: 0, high: 1, labels: ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        Case(low: 0.13, high: 0.94, labels: ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        Case(low: -1, high: 0.4, labels: ["−1.0", "−0.5", "0", "0.5"]),
        Case(low: 0, high: 96, labels: ["0", "20", "40", "60", "80", "100"]),
        Case(low: 11_000, high: 68_600, labels: ["0", "20k", "40k", "60k", "80k"]),
        Case(low: 0.00001, high: 0.00004, labels: ["1e−5", "2e−5", "3e−5", "4e−5"]),
        Case(low: 0.9612, high: 0.9634, labels: ["0.9610", "0.9615", "0.9620", "0.9625", "0.9630", "0.9635"]),
    ])
    func ticksAreRoundAndHoldTheRange(_ item: Case) {
        let axis = Axis(item.low...item.high)
        #expect(axis.ticks.map(axis.label) == item.labels)
        #expect(axis.low <= item.low && axis.high >= item.high)
        #expect(axis.share(axis.low) == 0 && axis.share(axis.high) == 1)
    }

    @Test func stepsAreWholeAndTheAxisEndsWhereTheyDo() {
        let axis = Axis(1...1800, tight: true)
        #expect(axis.low == 1 && axis.high == 1800 && axis.ticks == [500, 1000, 1500])
        #expect(axis.ticks.map(axis.label) == ["500", "1,000", "1,500"])
        #expect(Axis(1...3, tight: true).ticks == [1, 2, 3])
        #expect(Axis(0...1, tight: true).ticks == [0, 1])
    }

    @Test func aFlatCurveHasAnAxisToo() {
        for value in [0.0, 0.25, -3, 1e-9, 1e9] {
            let axis = Axis(value...value)
            #expect(axis.low < value && axis.high > value && axis.ticks.count > 1, "\(value)")
        }
    }

    @Test func valuesOverManyPowersHaveALogarithm() {
        let axis = Axis(logarithmic: 0.0259...5.55)
        #expect(axis.ticks.map(axis.label) == ["0.01", "0.1", "1", "10"])
        #expect(axis.share(0.01) == 0 && axis.share(10) == 1 && abs(axis.share(0.1) - 1.0 / 3) < 1e-9)
    }

    @Test func numbersAreShort() {
        let values: [(Double, String)] = [
            (0, "0"), (0.962, "0.962"), (-0.25, "−0.250"), (12.34, "12.3"), (1640, "1,640"), (68_634, "68.6k"),
            (1.5e6, "1.5M"), (0.000012, "1.2e−5"), (0.0123, "0.0123"), (.nan, "–"), (.infinity, "–"), (999.6, "1,000"),
        ]
        for (value, text) in values { #expect(NumberText.value(value) == text) }
        #expect(NumberText.percent(0.346) == "35%" && NumberText.percent(0.012) == "1.2%")
        #expect(NumberText.percent(1) == "100%" && NumberText.percent(0) == "0%")
        #expect(NumberText.duration(4.25) == "4.2 s" && NumberText.duration(115) == "115 s")
        #expect(NumberText.duration(12_000) == "3 h 20 min" && NumberText.duration(187_200) == "2 d 4 h")
        #expect(NumberText.count(1_234_567) == "1,234,567")
    }
}
