/// Divides a data set into a part to train on and a part held out.
///
/// Whole trajectories are divided, never steps: the steps of one share their problem. The side of a trajectory follows from its
/// problem, the seed and the fraction alone, so it stays when rows are added, removed or moved, all solutions of one problem are on the
/// same side, in whichever files they are, and a larger fraction only moves trajectories from training to held out.
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

    /// Whether trajectories of this problem are held out. White space makes no difference.
    public func holdsOut(problem: String) -> Bool {
        // The top 53 bits as a Double in [0, 1).
        Double(StableHash.mix(StableHash.ofWords(problem) ^ StableHash.mix(seed)) >> 11) * 0x1p-53 < heldOutFraction
    }

    /// Both parts, each in the order of `trajectories`.
    public func apply(to trajectories: [ExpertTrajectory]) -> (
        training: [ExpertTrajectory], heldOut: [ExpertTrajectory]
    ) {
        var training: [ExpertTrajectory] = []
        var heldOut: [ExpertTrajectory] = []
        for trajectory in trajectories {
            if holdsOut(problem: trajectory.problem) { heldOut.append(trajectory) } else { training.append(trajectory) }
        }
        return (training, heldOut)
    }
}
