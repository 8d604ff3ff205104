import ModelCore
import ServiceAPI
import Synchronization
import Training

/// Scores every completion by its text, so that a model that can do nothing has groups to learn from, and keeps what it was asked.
final class RewardsByText: RewardClient {
    private let asked = Mutex<[ScoreRequest]>([])
    private let reward: @Sendable (_ call: Int, _ text: String) -> Double
    private let delay: @Sendable (_ call: Int) -> Duration

    /// - Parameters:
    ///   - reward: of a completion in the call of this number, from 0.
    ///   - delay: of the answer to that call.
    init(
        reward: @escaping @Sendable (_ call: Int, _ text: String) -> Double = { _, text in
            Double(text.utf8.count % 5) / 4
        }, delay: @escaping @Sendable (_ call: Int) -> Duration = { _ in .zero }
    ) {
        self.delay = delay
        self.reward = reward
    }

    var requests: [ScoreRequest] { asked.withLock { $0 } }

    func score(_ request: ScoreRequest) async throws -> RewardAnswer {
        let call = asked.withLock { asked in
            asked.append(request)
            return asked.count - 1
        }
        if delay(call) > .zero { try await Task.sleep(for: delay(call)) }
        return RewardAnswer(
            ScoreResponse(
                fingerprint: "\(request.function)@test",
                groups: request.groups.map { group in
                    ScoredGroup(
                        id: group.id,
                        scores: (group.completions ?? []).map {
                            .scored(reward: reward(call, $0), components: ["bytes": Double($0.utf8.count)])
                        })
                }))
    }
}

extension SmallRun {
    /// A run of one phase on what SFT has taught a model.
    ///
    /// - Parameter learning: what SFT learns: the phase's form unless given.
    func pretrained(
        _ phase: PhaseConfiguration, learning: PhaseConfiguration.Episode? = nil, steps: Int = 12
    ) async throws -> SmallRun {
        var base = self
        base.configuration.evaluation.interval = 0
        base.configuration.phases = [configuration.phases[0]]
        base.configuration.phases[0].steps = steps
        base.configuration.phases[0].episode = learning ?? (phase.episode == .direct ? .direct : .step)
        let run = try base.create("pretrained")
        try await base.trainer(run).train()
        base.configuration.model = ModelSource(checkpoint: run.checkpoint(at: steps))
        base.configuration.phases = [phase]
        return base
    }

    /// A phase of rollouts whose groups are all trained on.
    func policyPhase(
        _ method: PhaseConfiguration.Method = .srl, episode: PhaseConfiguration.Episode? = nil,
        _ change: (inout GRPOConfiguration) -> Void = { _ in }
    ) -> PhaseConfiguration {
        var phase = PhaseConfiguration(
            method: method, steps: 2, batchSize: 6, episode: episode, maximumSteps: 4,
            optimizer: OptimizerConfiguration(learningRate: 1e-3),
            grpo: GRPOConfiguration(
                groupSize: 4, sampling: SamplingParameters(maximumTokens: 16),
                dynamicSampling: DynamicSampling(enabled: false)))
        change(&phase.grpo)
        return phase
    }

    /// Trains to the end.
    func train(
        _ name: String, rewards: any RewardClient = RewardsByText()
    ) async throws -> (run: RunDirectory, lines: [StepMetrics], parameters: [Float]) {
        let run = try create(name)
        let trainer = try trainer(run, rewards: rewards)
        try await trainer.train()
        return (run, try run.metrics(), await trainer.parameters())
    }
}
