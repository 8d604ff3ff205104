package import ModelCore
package import Trajectory

/// The forest of trajectories as far as some step instances need them: a trunk for each trajectory and a turn marker at each
/// boundary from which completions hang. Rollouts are drawn from it and trained on it.
package struct TrunkForest {
    package private(set) var forest = TokenForest()
    private let data: StepData
    /// The trunk segments of a trajectory: problem, step 1, step 2, ...
    private var trunks: [Int: [Int]] = [:]
    private var markers: [StepInstance: Int] = [:]

    package init(_ data: StepData) { self.data = data }

    /// The segment whose path is the instance's prompt; made when it is asked for the first time.
    package mutating func marker(of instance: StepInstance) -> Int {
        if let known = markers[instance] { return known }
        let trajectory = data.trajectories[instance.trajectory]
        var trunk = trunks[instance.trajectory] ?? [forest.add(trajectory.root)]
        while trunk.count <= instance.step {
            trunk.append(forest.add(trajectory.steps[trunk.count - 1], parent: trunk[trunk.count - 1]))
        }
        trunks[instance.trajectory] = trunk
        let boundary = trunk[instance.step]
        let marker = data.marker.isEmpty ? boundary : forest.add(data.marker, parent: boundary)
        markers[instance] = marker
        return marker
    }

    /// Hangs a completion from the instance's marker.
    ///
    /// - Returns: a prediction for each of its tokens.
    package mutating func add(_ completion: [TokenID], to instance: StepInstance) -> [Prediction] {
        let parent = marker(of: instance)
        let segment = forest.add(completion, parent: parent)
        return forest.predictions(of: segment)
    }
}
