import Trajectory

/// Chooses trajectories while a file is read: by number, by id, or some at random, in memory for those alone.
struct TrajectoryChoice {
    private let number: Int?
    private let id: String?
    private let sample: Int?
    private var random: SplitMix
    private var seen = 0
    private var kept: [(number: Int, trajectory: ExpertTrajectory)] = []

    init(number: Int?, id: String?, sample: Int?, seed: UInt64) {
        self.number = number ?? (id == nil && sample == nil ? 1 : nil)
        self.id = id
        self.sample = sample
        random = SplitMix(state: seed)
    }

    mutating func offer(_ trajectory: ExpertTrajectory) {
        seen += 1
        if let sample {
            // Reservoir sampling: every trajectory is as likely as any other, however many there are.
            if kept.count < sample {
                kept.append((seen, trajectory))
            } else {
                let place = Int.random(in: 0..<seen, using: &random)
                if place < sample { kept[place] = (seen, trajectory) }
            }
        } else if seen == number || id != nil && trajectory.id == id {
            kept.append((seen, trajectory))
        }
    }

    /// - Throws: `TrajectoryError` where the trajectory that was asked for is not there.
    func chosen(in file: String, total: Int) throws(TrajectoryError) -> [ExpertTrajectory] {
        if kept.isEmpty {
            if let id { throw TrajectoryError(file: file, message: "there is no trajectory with the id \"\(id)\"") }
            throw TrajectoryError(
                file: file, message: "there is no trajectory number \(number ?? 0); there are \(total)")
        }
        return kept.sorted { $0.number < $1.number }.map(\.trajectory)
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
