import ModelCore
import Trajectory

extension Trainer {
    /// What a phase trains on.
    func stepData(of phase: PhaseConfiguration, _ index: Int) throws -> StepData {
        try stepData(
            source.portion(phase.portion), episode: phase.episode, needsAnswer: phase.rewardUse == .answer,
            of: "phases[\(index)]")
    }

    private func stepData(
        _ trajectories: [ExpertTrajectory], episode: PhaseConfiguration.Episode, needsAnswer: Bool, of place: String
    ) throws -> StepData {
        let data = StepData(
            trajectories, template: try promptTemplate(), options: configuration.data.instanceOptions,
            tokenizer: tokenizer, episode: episode, needsAnswer: needsAnswer,
            maximumPositions: model.configuration.maximumPositions,
            endTokens: generation.endTokens)
        guard !data.instances.isEmpty else {
            let reasons = data.drops.prefix(3).map { "\($0.id): \($0.reason)" }.joined(separator: "; ")
            let missing = episode == .step || episode == .both ? "step instances" : "whole solutions"
            throw TrainingError(
                .data,
                "'\(place)': \(trajectories.count) trajectories give no \(missing)\(reasons.isEmpty ? "" : " (\(reasons))")"
            )
        }
        return data
    }

    /// The template of the configuration, laid out by the checkpoint's own where it asks for that.
    private func promptTemplate() throws -> PromptTemplate {
        do {
            return try configuration.data.template.fitted(
                to: origin, chatTemplate: tokenizer.chatTemplate, variables: tokenizer.chatTemplateVariables,
                isToken: { tokenizer.token(for: $0) != nil })
        } catch let error as PromptTemplateError {
            throw TrainingError(.configuration, "'data.template': \(error)")
        }
    }

    func heldOutEvaluation() throws -> HeldOutEvaluation? {
        guard configuration.evaluation.interval > 0 else { return nil }
        guard !source.heldOut.isEmpty else {
            throw TrainingError(
                .configuration,
                "'evaluation.interval' asks for held-out evaluation, and nothing is held out: set 'data.heldOut' or raise 'data.heldOutFraction'"
            )
        }
        let (episode, use, phase) = configuration.evaluated
        let sampling = phase?.grpo.sampling ?? GRPOConfiguration().sampling
        return HeldOutEvaluation(
            data: try stepData(source.heldOut, episode: episode, needsAnswer: use == .answer, of: "data.heldOut"),
            count: configuration.evaluation.instances, seed: configuration.seed,
            sampling: sampling.at(temperature: configuration.evaluation.temperature),
            maximumSteps: episode == .stepwise ? phase?.maximumSteps ?? 32 : 1, use: use)
    }
}
