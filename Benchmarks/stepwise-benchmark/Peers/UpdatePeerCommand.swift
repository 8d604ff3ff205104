import ArgumentParser
import Foundation
import ModelCore
import ServiceKit
import Training

/// `stepwise-benchmark peers update`: the update phase of SRL on a forest beside padded batches.
struct UpdatePeerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "An SRL update on a forest beside PyTorch on padded batches, as TRL forms them.",
        discussion: """
            Whole trajectories with G rollouts of random tokens at every step boundary. TRL draws instances in random order, pads the
            prompts of a generation batch (4 instances here) to one length and trains on micro-batches of G sequences, here of fewer where
            G would be more tokens than --micro-batch-tokens.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var peer: PeerOptions

    @Option(help: "gsm8k, numina or swe; all unless given.")
    var data: [PeerData] = PeerData.allCases

    @Option(help: "Trajectories of GSM8K and NuminaMath in a batch; of SWE-smith it is one.")
    var trajectories = 1

    @Option(help: "G: rollouts of each step instance.")
    var groupSize = 8

    @Option(help: "The longest path, of SWE-smith's trajectories in particular.")
    var positions = 4096

    @Option(help: "Tokens of one forward and backward pass of ours.")
    var microBatchTokens = 8192

    @Option(
        help: "Micro-batches that PyTorch computes at most; its time is then scaled to all of them by their tokens.")
    var sampled = 16

    @Flag(help: "Ours computes activations again in backward: a third more work for a fraction of the memory.")
    var activationCheckpointing = false

    func run() throws {
        let (model, tokenizer) = try peer.load()
        model.checkpointsActivations = activationCheckpointing
        let optimizer = AdamW(parameters: model.parameters, configuration: AdamWConfiguration(learningRate: 1e-8))
        let works = try data.map { try Work($0, self, model: model, tokenizer: tokenizer, optimizer: optimizer) }
        let process = try peer.start(
            "torch_peer.py",
            PeerWork(trains: true, items: Dictionary(uniqueKeysWithValues: works.map { ($0.name, $0.item) })))
        Report.begin(
            "SRL update phase", repeats: common.repeats,
            notes: [peer.note(model), "peer:    \(process?.name ?? "none")"]
                + works.map { "work:    \($0.description)" })
        var means: [String: Double] = [:]
        let times = try PeerComparison.run(
            works.map { work in
                PeerCase(name: work.name, units: Double(work.rolloutTokens)) {
                    try Measurement.seconds { means[work.name] = try work.update.run() }
                }
            }, peer: process, repeats: common.repeats)

        var table = TextTable([
            .init("trajectories"), .init("tokens padded", .trailing), .init("alone", .trailing),
            .init("forest", .trailing), .init("fewer than padded", .trailing), .init("PyTorch", .trailing),
            .init("Stepwise", .trailing), .init("faster", .trailing), .init("by turn", .trailing),
            .init("mean log-probability, PyTorch", .trailing), .init("ours", .trailing),
        ])
        for (work, time) in zip(works, times) {
            let scale = Double(work.paddedTokens) / Double(work.sampledTokens)
            table.add([
                work.name, work.paddedTokens.brief, work.aloneTokens.brief, work.update.forestTokens.brief,
                (Double(work.paddedTokens) / Double(work.update.forestTokens)).asRatio,
                time.peer.map { ($0 * scale).asTime + (scale > 1 ? " *" : "") } ?? "", time.ours.asTime,
                time.ratio.map { ($0 * scale).asRatio } ?? "",
                time.ratios.map { "\(($0.lowerBound * scale).asRatio) to \(($0.upperBound * scale).asRatio)" } ?? "",
                time.check.map { String(format: "%.4f", $0) } ?? "",
                means[work.name].map { String(format: "%.4f", $0) } ?? "",
            ])
        }
        Report.table("Forward, backward, clipping, AdamW (* scaled from a sample of micro-batches)", table)
    }

    /// The same rollouts as a forest and as padded batches.
    private struct Work {
        let name: String
        let item: PeerWork.Item
        let update: ForestUpdate
        let description: String
        let paddedTokens: Int
        let sampledTokens: Int
        let aloneTokens: Int
        let rolloutTokens: Int

        init(
            _ source: PeerData, _ command: UpdatePeerCommand, model: CausalLanguageModel, tokenizer: any Tokenizer,
            optimizer: AdamW
        ) throws {
            let new = source.completionLength
            let positions = min(command.positions, model.configuration.maximumPositions)
            let data = try source.stepData(
                source == .swe ? 1 : command.trajectories, tokenizer: tokenizer, positions: positions - new)
            let work = RolloutWork(data: data, groupSize: command.groupSize)
            guard work.rolloutCount > 0 else { throw CommandFailure("no step of \(source.name) fits the positions") }
            let completions = RandomTokens.make(
                work.rolloutCount, length: new, vocabulary: model.configuration.vocabularySize)
            let batches = work.batches(.trajectories, completions: completions, budget: command.microBatchTokens)
            let old = try ForestUpdate.logProbabilities(batches, count: work.rolloutCount, model: model)
            var random = RandomGenerator(seed: 3)
            let advantages = (0..<work.rolloutCount).map { _ in Double(2 * random.nextUniform() - 1) }
            update = ForestUpdate(
                model: model, optimizer: optimizer, batches: batches, old: old, advantages: advantages)

            var order = Array(work.prompts.indices)
            for index in order.indices.reversed() { order.swapAt(index, Int(random.next() % UInt64(index + 1))) }
            var peerBatches: [PeerWork.Batch] = []
            for start in stride(from: 0, to: order.count, by: 4) {
                let generation = order[start..<min(start + 4, order.count)]
                let width = generation.reduce(0) { max($0, work.prompts[$1].count) }
                for instance in generation {
                    let rollouts = Array(instance * command.groupSize..<(instance + 1) * command.groupSize)
                    let together = max(1, min(command.groupSize, command.microBatchTokens / (width + new)))
                    for first in stride(from: 0, to: rollouts.count, by: together) {
                        peerBatches.append(
                            PeerWork.Batch(
                                width: width,
                                rows: rollouts[first..<min(first + together, rollouts.count)].map {
                                    PeerWork.Row(
                                        prompt: work.prompts[instance], completion: completions[$0], old: old[$0],
                                        advantage: advantages[$0])
                                }))
                    }
                }
            }
            func tokens(_ batches: [PeerWork.Batch]) -> Int {
                batches.reduce(0) { $0 + $1.rows.count * ($1.width + new) }
            }
            let chosen =
                peerBatches.count <= command.sampled
                ? peerBatches
                : (0..<command.sampled).map { peerBatches[$0 * peerBatches.count / command.sampled] }
            paddedTokens = tokens(peerBatches)
            sampledTokens = tokens(chosen)
            aloneTokens = work.prompts.reduce(0) { $0 + command.groupSize * ($1.count + new) }
            rolloutTokens = work.rolloutCount * new
            item = PeerWork.Item(action: "update", batches: chosen)
            name = source.name
            let mean = Double(work.prompts.reduce(0) { $0 + $1.count }) / Double(work.prompts.count)
            description =
                "\(source.name): \(data.trajectories.count) trajectories, \(work.prompts.count) instances, prompts of "
                + "\(mean.brief) tokens in the mean, \(work.rolloutCount) rollouts of \(new)"
        }
    }
}
