/// Seeds by position instead of by order: the same (run, step, instance, sample) gives the same seed whatever was
/// drawn before, so that a run that resumes, or draws in another order, sees the same randomness.
public struct SeedSequence: Sendable, Hashable {
    private let root: UInt64

    public init(_ root: UInt64) {
        self.root = root
    }

    /// A seed that is a function of the root and of `parts` in their order. (1, 2), (2, 1) and (1, 2, 0) differ.
    public func seed(_ parts: UInt64...) -> UInt64 {
        seed(parts)
    }

    /// The same for a list.
    public func seed(_ parts: [UInt64]) -> UInt64 {
        var state = SplitMix.mix(root &+ SplitMix.increment)
        for part in parts {
            // Each part is mixed on its own before it joins, so that nearby parts do not cancel each other.
            state = SplitMix.mix((state ^ SplitMix.mix(part &+ SplitMix.increment)) &+ SplitMix.increment)
        }
        return state
    }
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the n-th number is a mix of seed + n * increment, so that the state is
/// one counter and can be stored.
public struct RandomGenerator: RandomNumberGenerator, Sendable, Codable, Hashable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= SplitMix.increment
        return SplitMix.mix(state)
    }

    /// Uniform in [0, 1), a multiple of 2^-24.
    public mutating func nextUniform() -> Float {
        Float(next() >> 40) * 0x1p-24
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    public mutating func nextUniformDouble() -> Double {
        Double(next() >> 11) * 0x1p-53
    }
}

private enum SplitMix {
    static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
