import ArgumentParser
import ModelCore
import ServiceKit
import Training

/// `stepwise-benchmark peers step`: a whole SRL step.
struct StepPeerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "A whole SRL step (rollouts, scoring, update) beside TRL's GRPOTrainer.",
        discussion: "The same prompts, G and lengths; every completion is drawn to its full length on both sides.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var peer: PeerOptions

    @Option(help: "gsm8k, numina or swe.")
    var data: PeerData = .gsm8k

    @Option(help: "Trajectories in a batch.")
    var trajectories = 1

    @Option(help: "G: rollouts of each step instance.")
    var groupSize = 8

    @Option(
        help:
            "Sequences in one of TRL's passes, a divisor of G; G unless given. Fewer take less memory, and as much work."
    )
    var peerRows: Int?

    func run() throws {
        let (model, tokenizer) = try peer.load()
        let new = data.completionLength
        let stepData = try data.stepData(
            trajectories, tokenizer: tokenizer, positions: model.configuration.maximumPositions - new)
        let work = RolloutWork(data: stepData, groupSize: groupSize)
        let experts = stepData.instances.map { stepData.target(of: $0) }
        let generator = Generator(model: model, tokenizer: tokenizer)
        let optimizer = AdamW(parameters: model.parameters, configuration: AdamWConfiguration(learningRate: 1e-8))
        var item = PeerWork.Item(action: "step", prompts: work.prompts, new: new, group: groupSize)
        item.experts = experts
        item.rows = peerRows
        let name = "\(data.name), \(work.prompts.count) prompts x \(groupSize)"
        let process = try peer.start("trl_peer.py", PeerWork(trains: true, items: [name: item]))
        var phases: [[Double]] = []
        let ours = PeerCase(name: name, units: Double(work.rolloutCount * new)) {
            var completions: [Completion] = []
            let rollouts = try Measurement.seconds {
                let (forest, parents) = work.prompts(.trajectories)
                completions = try generator.generate(
                    prompts: forest,
                    requests: parents.enumerated().map {
                        GenerationRequest(parent: $1, seed: UInt64($0), stopTokens: [])
                    }, sampling: SamplingParameters(maximumTokens: new))
            }
            var advantages: [Double] = []
            let scoring = Measurement.seconds {
                for (instance, expert) in experts.enumerated() {
                    advantages += ForestUpdate.advantages(
                        of: completions[instance * groupSize..<(instance + 1) * groupSize], expert: expert)
                }
            }
            let update = try Measurement.seconds {
                let batches = work.batches(.trajectories, completions: completions.map(\.tokens), budget: 8192)
                try ForestUpdate(
                    model: model, optimizer: optimizer, batches: batches, old: completions.map(\.logProbabilities),
                    advantages: advantages
                ).run()
            }
            phases.append([rollouts, scoring, update])
            return rollouts + scoring + update
        }
        let mean = Double(work.prompts.reduce(0) { $0 + $1.count }) / Double(work.prompts.count)
        Report.begin(
            "Whole SRL step", repeats: common.repeats,
            notes: [
                peer.note(model), "peer:    \(process?.name ?? "none")",
                "work:    prompts of \(mean.brief) tokens in the mean, completions of \(new), beta 0",
            ])
        let times = try PeerComparison.run([ours], peer: process, repeats: common.repeats)
        Report.table(
            "Rollouts, scoring, update", PeerComparison.table(times, peer: "GRPOTrainer", unit: "rollout tokens"))
        let medians = (0..<3).map { phase in Measurement.median(phases.dropFirst().map { $0[phase] }) }
        print("\nours: rollouts \(medians[0].asTime), scoring \(medians[1].asTime), update \(medians[2].asTime)")
    }
}
