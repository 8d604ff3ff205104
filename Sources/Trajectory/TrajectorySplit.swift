/// Divides a data set into a part to train on and a part held out.
///
/// Whole trajectories are divided, never steps: the steps of one share their problem. The side of a trajectory follows from its
/// id, the seed and the fraction alone, so it stays when rows are added, removed or moved, and a larger fraction only moves
/// trajectories from training to held out.
public struct TrajectorySplit: Codable, Sendable, Equatable {
    /// The share of trajectories that is held out, about: 0 for none, 1 for all.
    public let heldOutFraction: Double
    public let seed: UInt64

    /// - Precondition: the fraction is within 0...1.
    public init(heldOutFraction: Double, seed: UInt64 = 0) {
        precondition((0...1).contains(heldOutFraction), "a fraction of \(heldOutFraction) cannot be held out")
        self.heldOutFraction = heldOutFraction
        self.seed = seed
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let fraction = try container.decode(Double.self, forKey: .heldOutFraction)
        guard (0...1).contains(fraction) else {
            throw DecodingError.dataCorruptedError(
                forKey: .heldOutFraction, in: container,
                debugDescription: "heldOutFraction must be from 0 to 1, not \(fraction)")
        }
        self.init(heldOutFraction: fraction, seed: try container.decodeIfPresent(UInt64.self, forKey: .seed) ?? 0)
    }

    /// Whether the trajectory with this id is held out.
    public func holdsOut(id: String) -> Bool {
        // The top 53 bits as a Double in [0, 1).
        Double(StableHash.mix(StableHash.of(id) ^ StableHash.mix(seed)) >> 11) * 0x1p-53 < heldOutFraction
    }

    /// Both parts, each in the order of `trajectories`.
    public func apply(to trajectories: [ExpertTrajectory]) -> (
        training: [ExpertTrajectory], heldOut: [ExpertTrajectory]
    ) {
        var training: [ExpertTrajectory] = []
        var heldOut: [ExpertTrajectory] = []
        for trajectory in trajectories {
            if holdsOut(id: trajectory.id) { heldOut.append(trajectory) } else { training.append(trajectory) }
        }
        return (training, heldOut)
    }
}

/// Hashes that are the same on every machine and in every run, as `Hasher`'s are not.
enum StableHash {
    /// FNV-1a, 64 bits, of the UTF-8 bytes.
    static func of(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The finaliser of splitmix64: FNV alone leaves the high bits of similar ids similar.
    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
