/// The percentile bootstrap of a mean, with a generator of its own: the same seed gives the same interval on every machine.
package struct Bootstrap: Sendable {
    package var resamples: Int
    package var seed: UInt64

    package init(resamples: Int, seed: UInt64) {
        precondition(resamples >= 100, "\(resamples) resamples cannot give a 95% interval")
        self.resamples = resamples
        self.seed = seed
    }

    /// The 95% interval of the mean of `values`, whose elements are the independent units (problems, trajectories).
    package func meanInterval(of values: [Double]) -> (low: Double, high: Double) {
        precondition(!values.isEmpty, "an interval needs at least one value")
        var generator = SplitMix64(state: seed)
        var means = [Double]()
        means.reserveCapacity(resamples)
        for _ in 0..<resamples {
            var sum = 0.0
            for _ in values.indices { sum += values[Int(generator.next(below: UInt64(values.count)))] }
            means.append(sum / Double(values.count))
        }
        means.sort()
        return (Self.quantile(0.025, ofSorted: means), Self.quantile(0.975, ofSorted: means))
    }

    /// Linear interpolation between order statistics (type 7 of Hyndman and Fan, numpy's default).
    static func quantile(_ share: Double, ofSorted values: [Double]) -> Double {
        let position = share * Double(values.count - 1)
        let lower = Int(position)
        let upper = min(lower + 1, values.count - 1)
        return values[lower] + (values[upper] - values[lower]) * (position - Double(lower))
    }
}

/// Steele, Lea and Flood's SplitMix64 (doi:10.1145/2714064.2660195).
private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Multiply-shift: the bias is below 2^-50 for benchmark sizes.
    mutating func next(below bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }
}
