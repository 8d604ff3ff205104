package import ModelCore
package import Trajectory

/// What a completion is written after: a step boundary of an expert trajectory, and perhaps actions of the model's own that followed.
package struct RolloutPrompt: Sendable, Hashable {
    package let instance: StepInstance
    /// What each of these actions adds to the context.
    package var actions: [[TokenID]] = []

    package init(_ instance: StepInstance) { self.instance = instance }
}

/// The forest of trajectories as far as some prompts need them: a trunk for each trajectory, branches where the model went its own way, and a turn
/// marker at each boundary from which completions hang. Rollouts are drawn from it and trained on it.
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
    private var branches: [Branch: Int] = [:]
    /// The marker at each boundary.
    private var markers: [Int: Int] = [:]

    /// An action of the model's own: equal ones at one place are one segment.
    private struct Branch: Hashable {
        let parent: Int
        let tokens: [TokenID]
    }

    package init(_ data: StepData) { self.data = data }

    /// The segment whose path is the instance's prompt; made when it is asked for the first time.
    package mutating func marker(of instance: StepInstance) -> Int { marker(of: RolloutPrompt(instance)) }

    /// The same for a prompt that may have gone on from there.
    mutating func marker(of prompt: RolloutPrompt) -> Int {
        let trajectory = data.trajectories[prompt.instance.trajectory]
        var boundary = boundary(of: prompt.instance)
        for action in prompt.actions {
            let branch = Branch(parent: boundary, tokens: action)
            let segment = branches[branch] ?? forest.add(action, parent: boundary)
            branches[branch] = segment
            boundary = segment
        }
        if let known = markers[boundary] { return known }
        let marker = trajectory.marker.isEmpty ? boundary : forest.add(trajectory.marker, parent: boundary)
        markers[boundary] = marker
        return marker
    }

    private mutating func boundary(of instance: StepInstance) -> Int {
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
        return trunk[context.count]
    }

    /// Tokens of the path to a segment.
    func length(_ segment: Int) -> Int {
        forest.segments[segment].firstPosition + forest.segments[segment].tokens.count
    }

    /// Hangs a completion from the instance's marker.
    ///
    /// - Returns: a prediction for each of its tokens.
    package mutating func add(_ completion: [TokenID], to instance: StepInstance) -> [Prediction] {
        add(completion, to: RolloutPrompt(instance))
    }

    /// Hangs a completion from the prompt's marker.
    mutating func add(_ completion: [TokenID], to prompt: RolloutPrompt) -> [Prediction] {
        let parent = marker(of: prompt)
        let segment = forest.add(completion, parent: parent)
        return forest.predictions(of: segment)
    }
}
