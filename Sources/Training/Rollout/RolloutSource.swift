import ModelCore
import Trajectory

/// Draws rollouts of instances.
struct RolloutSource {
    let data: StepData
    let generator: Generator
    let sampling: SamplingParameters
    /// Steps of a stepwise episode at most.
    let maximumSteps: Int

    /// What somebody is told while rollouts are drawn.
    struct Observers {
        var progress: (_ tokens: Int) -> Void = { _ in }
        /// An instance's rollouts are complete, while those of others go on.
        var finished: (_ index: Int, _ rollouts: [Rollout]) -> Void = { _, _ in }
    }

    /// `samples` rollouts of each instance, decoded together.
    ///
    /// - Parameter seed: of a completion, by the instance's place in the list, the sample's number and the step of a stepwise episode.
    /// - Throws: `CancellationError` when the task is cancelled; `GenerationError`.
    func complete(
        _ instances: [StepInstance], samples: Int, seed: (_ index: Int, _ sample: Int, _ turn: Int) -> UInt64,
        observers: Observers = Observers()
    ) throws -> [[Rollout]] {
        if data.episode == .stepwise {
            return try StepwiseEpisodes(source: self, instances: instances, samples: samples).run(
                seed: seed, observers: observers)
        }
        let prompts = instances.map { RolloutPrompt($0) }
        var trunks = TrunkForest(data)
        let requests = prompts.enumerated().flatMap { index, prompt in
            let marker = trunks.marker(of: prompt)
            return (0..<samples).map {
                GenerationRequest(parent: marker, seed: seed(index, $0, 0), stopTokens: data.stopTokens)
            }
        }
        // Of each instance, how many of its rollouts are still growing.
        var missing = [Int](repeating: samples, count: instances.count)
        var rollouts = [[Rollout?]](repeating: .init(repeating: nil, count: samples), count: instances.count)
        let completions = try generator.generate(
            prompts: trunks.forest, requests: requests, sampling: sampling, shouldStop: { Task.isCancelled },
            progress: { _, tokens in observers.progress(tokens) },
            finished: { request, completion in
                let (index, sample) = (request / samples, request % samples)
                rollouts[index][sample] = rollout(prompts[index], completion)
                missing[index] -= 1
                if missing[index] == 0 { observers.finished(index, rollouts[index].compactMap { $0 }) }
            })
        try Task.checkCancellation()
        return prompts.enumerated().map { index, prompt in
            (0..<samples).map { rollouts[index][$0] ?? rollout(prompt, completions[index * samples + $0]) }
        }
    }

    private func rollout(_ prompt: RolloutPrompt, _ completion: Completion) -> Rollout {
        Rollout(
            turns: [.init(prompt: prompt, completion: completion)],
            text: data.episode == .step ? completion.text : RolloutText.direct(completion.text))
    }
}
