/// splitmix64: the same random numbers in every run.
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Bytes of which long stretches repeat, so that compression has something to find.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        var result: [UInt8] = []
        while result.count < count {
            if result.count > 100, Bool.random(using: &self) {
                let start = Int.random(in: 0..<(result.count - 50), using: &self)
                result += Array(result[start..<(start + 50)])
            } else {
                result += (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &self) }
            }
        }
        return Array(result.prefix(count))
    }

    /// `bytes` cut into pieces of random length, empty ones among them.
    public mutating func pieces(of bytes: [UInt8], longest: Int) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            let end = min(bytes.count, position + Int.random(in: 0...longest, using: &self))
            result.append(Array(bytes[position..<end]))
            position = end
        }
        return result
    }
}
