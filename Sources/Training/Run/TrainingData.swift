import Trajectory

/// The trajectories of a run: a part to train on and a part that is held out, never both.
public struct TrainingData: Sendable {
    public let training: [ExpertTrajectory]
    public let heldOut: [ExpertTrajectory]

    /// Reads the files of a configuration.
    ///
    /// - Throws: `TrajectoryError` with file and line; ``TrainingError`` when there is nothing to train on, or a held-out file shares ids or
    ///   problems with the training file.
    public init(_ configuration: DataConfiguration, seed: UInt64) throws {
        let all = try TrajectoryFile.read(configuration.train)
        if let path = configuration.heldOut {
            training = all
            heldOut = try TrajectoryFile.read(path)
            let ids = Set(all.map(\.id))
            if let shared = heldOut.first(where: { ids.contains($0.id) }) {
                throw TrainingError(
                    .data,
                    "\(path): the trajectory \"\(shared.id)\" is in \(configuration.train) too; held-out trajectories must not be trained on"
                )
            }
            let problems = Set(all.map(\.problem))
            if let shared = heldOut.first(where: { problems.contains($0.problem) }) {
                throw TrainingError(
                    .data,
                    "\(path): the problem of \"\(shared.id)\" is in \(configuration.train) too; held-out problems must not be trained on"
                )
            }
        } else {
            let split = TrajectorySplit(heldOutFraction: configuration.heldOutFraction, seed: seed)
            (training, heldOut) = split.apply(to: all)
        }
        guard !training.isEmpty else {
            throw TrainingError(.data, "\(configuration.train): all \(all.count) trajectories are held out")
        }
    }

    /// The trajectories from share `portion[0]` to share `portion[1]`, in the order of the file.
    func portion(_ portion: [Double]) -> [ExpertTrajectory] {
        let count = Double(training.count)
        return Array(training[Int(count * portion[0])..<Int(count * portion[1])])
    }
}
