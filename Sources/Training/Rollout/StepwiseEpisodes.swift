import ModelCore
import Trajectory

/// Whole solutions a step at a time, many beside each other: monologue and action, and the action joins the context. An episode ends as the
/// evaluator's do: with an answer, a broken form, a completion that was cut off, a full context, or at the bound of steps.
struct StepwiseEpisodes {
    let source: RolloutSource
    let instances: [StepInstance]
    let samples: Int

    /// One that is under way.
    struct Episode {
        var prompt: RolloutPrompt
        var turns: [Rollout.Turn] = []
        var actions: [String] = []
        /// The completion that ended it without an action.
        var broken: String?
        var isOver = false

        var rollout: Rollout { Rollout(turns: turns, text: RolloutText.stepwise(actions, broken: broken)) }

        /// What a completion means for it.
        mutating func take(_ completion: Completion, data: StepData, maximumSteps: Int) {
            turns.append(.init(prompt: prompt, completion: completion))
            let isTruncated = completion.finish == .length
            guard case .action(_, let action) = Monologue.parse(completion.text), !isTruncated else {
                broken = completion.text
                isOver = true
                return
            }
            actions.append(action)
            isOver = data.template.answer(in: action) != nil || actions.count >= maximumSteps
            if !isOver { prompt.actions.append(data.stepTokens(action, number: actions.count)) }
        }
    }

    func run(
        seed: (_ index: Int, _ sample: Int, _ turn: Int) -> UInt64, observers: RolloutSource.Observers
    ) throws -> [[Rollout]] {
        var episodes = instances.flatMap { instance in
            (0..<samples).map { _ in Episode(prompt: RolloutPrompt(instance)) }
        }
        var told = [Bool](repeating: false, count: instances.count)
        var tokens = 0
        for turn in 0..<source.maximumSteps {
            var trunks = TrunkForest(source.data)
            var running: [Int] = []
            var requests: [GenerationRequest] = []
            for index in episodes.indices where !episodes[index].isOver {
                let marker = trunks.marker(of: episodes[index].prompt)
                guard trunks.length(marker) < source.data.maximumPositions else {
                    episodes[index].isOver = true
                    continue
                }
                running.append(index)
                requests.append(
                    GenerationRequest(
                        parent: marker, seed: seed(index / samples, index % samples, turn),
                        stopTokens: source.data.stopTokens))
            }
            let completions = try source.generator.generate(
                prompts: trunks.forest, requests: requests, sampling: source.sampling,
                shouldStop: { Task.isCancelled },
                progress: { [tokens] _, drawn in observers.progress(tokens + drawn) })
            try Task.checkCancellation()
            for (index, completion) in zip(running, completions) {
                tokens += completion.tokens.count
                episodes[index].take(completion, data: source.data, maximumSteps: source.maximumSteps)
            }
            for index in instances.indices where !told[index] {
                let own = episodes[index * samples..<(index + 1) * samples]
                guard own.allSatisfy(\.isOver) else { continue }
                told[index] = true
                observers.finished(index, own.map(\.rollout))
            }
            if episodes.allSatisfy(\.isOver) { break }
        }
        return instances.indices.map { index in
            episodes[index * samples..<(index + 1) * samples].map(\.rollout)
        }
    }
}
