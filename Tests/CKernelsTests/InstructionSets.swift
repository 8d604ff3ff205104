import CKernels

/// The instruction sets that this processor has; a test of each kernel runs on all of them.
enum InstructionSets {
    static let available: [Int] = {
        let best = Int(stepwise_kernels_limit(2))
        return Array(0...best)
    }()

    /// Runs `body` with the calling thread's kernels on one of them.
    static func with<Result>(_ level: Int, _ body: () throws -> Result) rethrows -> Result {
        let used = stepwise_kernels_limit(Int32(level))
        defer { _ = stepwise_kernels_limit(2) }
        precondition(used == Int32(level), "instruction set \(level) is not there")
        return try body()
    }
}

/// Seeded values in -1 ... 1.
func randomValues(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 33)) / Float(1 << 30) - 1
    }
}

/// The largest difference of two arrays of the same length.
func largestDifference(_ first: [Float], _ second: [Double]) -> Double {
    precondition(first.count == second.count)
    return zip(first, second).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
}
