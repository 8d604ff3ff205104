import ModelCore
import Trajectory

/// Completions to be trained on, hung from their trunks in forests of a bounded size.
///
/// Trees are never split, so that no context is computed twice: a forest has as many whole trajectories as fit the budget, and at least one.
struct MicroBatch {
    /// One completion in the forest: which of the caller's list it is, and which predictions are its tokens'.
    struct Member {
        let index: Int
        let predictions: Range<Int>
    }

    private(set) var trunks: TrunkForest
    private(set) var predictions: [Prediction] = []
    private(set) var members: [Member] = []

    var forest: TokenForest { trunks.forest }

    private init(_ data: StepData) { trunks = TrunkForest(data) }

    private mutating func add(_ completion: [TokenID], to prompt: RolloutPrompt, index: Int) {
        let added = trunks.add(completion, to: prompt)
        members.append(Member(index: index, predictions: predictions.count..<predictions.count + added.count))
        predictions += added
    }

    /// - Parameters:
    ///   - completions: those of one trajectory need not be neighbours; empty ones are left out.
    ///   - budget: tokens of a forest.
    static func make(
        _ completions: [(prompt: RolloutPrompt, tokens: [TokenID])], data: StepData, budget: Int
    ) -> [MicroBatch] {
        var order: [Int] = []
        var byTrajectory: [Int: [Int]] = [:]
        for (index, completion) in completions.enumerated() where !completion.tokens.isEmpty {
            let trajectory = completion.prompt.instance.trajectory
            if byTrajectory[trajectory] == nil { order.append(trajectory) }
            byTrajectory[trajectory, default: []].append(index)
        }
        var batches: [MicroBatch] = []
        var current = MicroBatch(data)
        for trajectory in order {
            var extended = current
            let members = byTrajectory[trajectory] ?? []
            for index in members {
                extended.add(completions[index].tokens, to: completions[index].prompt, index: index)
            }
            if extended.forest.tokenCount > budget, !current.members.isEmpty {
                batches.append(current)
                extended = MicroBatch(data)
                for index in members {
                    extended.add(completions[index].tokens, to: completions[index].prompt, index: index)
                }
            }
            current = extended
        }
        if !current.members.isEmpty { batches.append(current) }
        return batches
    }
}
