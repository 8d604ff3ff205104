package import ModelCore
package import Trajectory

/// The forest of trajectories as far as some step instances need them: a trunk for each trajectory and a turn marker at each
/// boundary from which completions hang. Rollouts are drawn from it and trained on it.
package struct TrunkForest {
    package private(set) var forest = TokenForest()
    private let data: StepData
    /// A run of steps of a trajectory. Contexts of a limited window begin at different steps, and are trunks of their own after the problem.
    private struct Trunk: Hashable {
        let trajectory: Int
        let first: Int
    }

    /// The segment of a trajectory's problem.
    private var roots: [Int: Int] = [:]
    /// The segments of a trunk: problem, its first step, the step after it, ...
    private var trunks: [Trunk: [Int]] = [:]
    private var markers: [StepInstance: Int] = [:]

    package init(_ data: StepData) { self.data = data }

    /// The segment whose path is the instance's prompt; made when it is asked for the first time.
    package mutating func marker(of instance: StepInstance) -> Int {
        if let known = markers[instance] { return known }
        let trajectory = data.trajectories[instance.trajectory]
        let context = data.context(of: instance)
        let key = Trunk(trajectory: instance.trajectory, first: context.lowerBound)
        let root = roots[instance.trajectory] ?? forest.add(trajectory.root)
        roots[instance.trajectory] = root
        var trunk = trunks[key] ?? [root]
        while trunk.count <= context.count {
            trunk.append(forest.add(trajectory.steps[key.first + trunk.count - 1], parent: trunk[trunk.count - 1]))
        }
        trunks[key] = trunk
        let boundary = trunk[context.count]
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
