import ModelCore
package import ServiceAPI
package import Trajectory

/// The rollouts of one step instance with their scores.
package struct RolloutGroup: Sendable {
    package let instance: StepInstance
    package let completions: [Completion]
    /// Of each completion.
    package var scores: [ItemScore] = []
    /// Of each completion; nil where there is no reward, and all nil in a group that is not trained on.
    package var advantages: [Double?] = []

    package var rewards: [Double?] { scores.map(\.reward) }
}

/// Draws completions of step instances.
struct RolloutSource {
    let data: StepData
    let generator: Generator

    /// `samples` completions of each instance, decoded together.
    ///
    /// - Parameter seed: of a completion, by the instance's place in the list and the sample's number.
    /// - Throws: `CancellationError` when the task is cancelled; `GenerationError`.
    func complete(
        _ instances: [StepInstance], samples: Int, sampling: SamplingParameters, seed: (Int, Int) -> UInt64,
        progress: ((_ tokens: Int) -> Void)? = nil
    ) throws -> [[Completion]] {
        var trunks = TrunkForest(data)
        var requests: [GenerationRequest] = []
        for (index, instance) in instances.enumerated() {
            let marker = trunks.marker(of: instance)
            for sample in 0..<samples {
                requests.append(
                    GenerationRequest(parent: marker, seed: seed(index, sample), stopTokens: data.stopTokens))
            }
        }
        let completions = try generator.generate(
            prompts: trunks.forest, requests: requests, sampling: sampling, shouldStop: { Task.isCancelled },
            progress: { _, tokens in progress?(tokens) })
        try Task.checkCancellation()
        return stride(from: 0, to: completions.count, by: samples).map { Array(completions[$0..<$0 + samples]) }
    }
}
