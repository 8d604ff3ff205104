import ModelCore
import Training
import Trajectory

/// How the rollouts of a batch are laid out for the model. The results are the same; what is shared is not.
enum BatchLayout: String, CaseIterable {
    /// Every rollout is a sequence of its own, with its whole prompt.
    case independent = "independent sequences"
    /// The rollouts of a step instance share its prompt, as in prefix-sharing trainers.
    case groups = "a prompt with G children"
    /// The step instances of a trajectory share its trunk as well.
    case trajectories = "a trunk for each trajectory"
}

/// The step instances of some trajectories with G rollouts each, instance by instance.
struct RolloutWork {
    let data: StepData
    let groupSize: Int
    /// The prompt of each instance.
    let prompts: [[TokenID]]

    init(data: StepData, groupSize: Int) {
        self.data = data
        self.groupSize = groupSize
        var trunks = TrunkForest(data)
        let markers = data.instances.map { trunks.marker(of: $0) }
        prompts = markers.map { trunks.forest.path(to: $0) }
    }

    var rolloutCount: Int { prompts.count * groupSize }
    func instance(of rollout: Int) -> Int { rollout / groupSize }

    /// A forest to draw rollouts from, and the segment that each of them continues.
    func prompts(_ layout: BatchLayout) -> (forest: TokenForest, parents: [Int]) {
        var forest = TokenForest()
        switch layout {
        case .independent:
            let parents = (0..<rolloutCount).map { forest.add(prompts[instance(of: $0)]) }
            return (forest, parents)
        case .groups:
            let parents = prompts.map { forest.add($0) }
            return (forest, (0..<rolloutCount).map { parents[instance(of: $0)] })
        case .trajectories:
            var trunks = TrunkForest(data)
            let parents = data.instances.map { trunks.marker(of: $0) }
            return (trunks.forest, (0..<rolloutCount).map { parents[instance(of: $0)] })
        }
    }

    /// Trees with the rollouts hung in them, packed into forests of at most `budget` tokens; a larger tree is a forest of its own.
    func batches(_ layout: BatchLayout, completions: [[TokenID]], budget: Int) -> [TrainingBatch] {
        var batches: [TrainingBatch] = []
        var current = TrainingBatch()
        for tree in trees(layout, completions) {
            if current.forest.tokenCount > 0, current.forest.tokenCount + tree.forest.tokenCount > budget {
                batches.append(current)
                current = TrainingBatch()
            }
            current.append(tree)
        }
        return batches + [current]
    }

    private func trees(_ layout: BatchLayout, _ completions: [[TokenID]]) -> [TrainingBatch] {
        switch layout {
        case .independent:
            return completions.indices.map { rollout in
                var tree = TrainingBatch()
                let segment = tree.forest.add(prompts[instance(of: rollout)] + completions[rollout])
                let predictions = tree.forest.predictions(of: segment).suffix(completions[rollout].count)
                tree.add(rollout, Array(predictions))
                return tree
            }
        case .groups:
            return prompts.indices.map { instance in
                var tree = TrainingBatch()
                let prompt = tree.forest.add(prompts[instance])
                for rollout in instance * groupSize..<(instance + 1) * groupSize {
                    let segment = tree.forest.add(completions[rollout], parent: prompt)
                    tree.add(rollout, tree.forest.predictions(of: segment))
                }
                return tree
            }
        case .trajectories:
            let byTrajectory = Dictionary(grouping: data.instances.indices) { data.instances[$0].trajectory }
            return byTrajectory.keys.sorted().map { trajectory in
                var trunks = TrunkForest(data)
                var tree = TrainingBatch()
                for instance in byTrajectory[trajectory] ?? [] {
                    for rollout in instance * groupSize..<(instance + 1) * groupSize {
                        tree.add(rollout, trunks.add(completions[rollout], to: data.instances[instance]))
                    }
                }
                tree.forest = trunks.forest
                return tree
            }
        }
    }
}

/// A forest with the predictions that are trained on.
struct TrainingBatch {
    var forest = TokenForest()
    private(set) var predictions: [Prediction] = []
    /// Which predictions are whose tokens, in their order.
    private(set) var members: [(rollout: Int, predictions: Range<Int>)] = []

    mutating func add(_ rollout: Int, _ own: [Prediction]) {
        members.append((rollout, predictions.count..<predictions.count + own.count))
        predictions += own
    }

    /// Appends the trees of another batch.
    mutating func append(_ other: TrainingBatch) {
        let (segments, rows) = (forest.segments.count, forest.tokenCount)
        for segment in other.forest.segments {
            forest.add(segment.tokens, parent: segment.parent.map { $0 + segments })
        }
        for member in other.members {
            let own = other.predictions[member.predictions]
            add(member.rollout, own.map { Prediction(row: $0.row + rows, token: $0.token) })
        }
    }
}
