import ArgumentParser
import ModelCore
import Reward
import ServiceKit
import Training
import Trajectory

/// `stepwise-benchmark forest`: both phases of an SRL step on a forest, beside the same on independent sequences.
struct ForestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forest",
        abstract: "An SRL step on a forest beside independent sequences: tokens computed and times.",
        discussion: """
            The same model, code, rollouts and losses; only what is shared differs. Whole trajectories of GSM8K (../shared), or of the
            seeded arithmetic task without it, with G rollouts at every step boundary, by the embedded model with fresh weights.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: "Trajectories in the batch.")
    var trajectories = 6

    @Option(help: "G: rollouts of each step instance.")
    var groupSize = 8

    @Option(help: "The most tokens of a rollout. Fresh weights end one with each token at a chance of 2 in 264.")
    var maximumTokens = 96

    @Option(help: "Tokens of one forward and backward pass.")
    var microBatchTokens = 8192

    func validate() throws {
        for (name, value, least) in [
            ("trajectories", trajectories, 1), ("group-size", groupSize, 2), ("maximum-tokens", maximumTokens, 1),
            ("micro-batch-tokens", microBatchTokens, 1),
        ] where value < least {
            throw ValidationError("--\(name) is \(value) and must be \(least) or more.")
        }
    }

    func run() throws {
        let (source, experts) = try expertTrajectories()
        let tokenizer = ByteTokenizer()
        let model = try CausalLanguageModel(configuration: FreshModel().configuration(tokenizer), seed: 1)
        let data = StepData(
            experts, template: .compact, options: InstanceOptions(), tokenizer: tokenizer,
            maximumPositions: model.configuration.maximumPositions - maximumTokens)
        guard !data.instances.isEmpty else {
            throw CommandFailure("no step of the \(experts.count) trajectories fits the model's positions")
        }
        let work = RolloutWork(data: data, groupSize: groupSize)
        let phase = try RolloutPhase(
            work: work, generator: Generator(model: model, tokenizer: tokenizer),
            sampling: SamplingParameters(maximumTokens: maximumTokens))
        let update = UpdatePhase(work: work, rollouts: phase.completions, model: model, budget: microBatchTokens)
        let difference = try update.largestGradientDifference()

        let promptMean = Double(work.prompts.reduce(0) { $0 + $1.count }) / Double(work.prompts.count)
        let completionMean = Double(phase.generatedTokens) / Double(work.rolloutCount)
        Report.begin(
            "Forest against independent sequences", repeats: common.repeats,
            notes: [
                "model:   the embedded one, \(model.parameters.count.brief) parameters, fresh",
                "work:    \(source): \(experts.count) trajectories, \(work.prompts.count) step instances, "
                    + "\(work.rolloutCount) rollouts (G = \(groupSize))",
                "         prompts of \(promptMean.brief) tokens and completions of \(completionMean.brief) in the mean",
                "checks:  \(phase.equalCount) of \(work.rolloutCount) rollouts have the same tokens in every layout, and "
                    + "log-probabilities within \(Double(phase.largestDifference).formatted(significantDigits: 2))",
                "         gradients differ by at most \(difference) (relative, by parameter)",
            ])
        try Report.table("Update phase: forward, backward, clipping, AdamW", update.table(repeats: common.repeats))
        try Report.table(
            "Rollout phase: prompts and \(phase.generatedTokens.brief) tokens drawn",
            phase.table(repeats: common.repeats))
    }

    private func expertTrajectories() throws -> (source: String, trajectories: [ExpertTrajectory]) {
        if let path = Checkout.optional("../shared/data/gsm8k/train.jsonl") {
            return ("GSM8K", try GSM8KImporter.prepare(path: path, options: .init(limit: trajectories)).trajectories)
        }
        return ("arithmetic", ArithmeticTask(operands: 6...8, seed: 1).trajectories(trajectories, prefix: "sum"))
    }
}
