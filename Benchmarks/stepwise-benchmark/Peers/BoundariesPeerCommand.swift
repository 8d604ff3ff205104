import ArgumentParser
import ModelCore
import ServiceKit
import Training
import Trajectory

/// `stepwise-benchmark peers boundaries`: rollouts from every boundary of trunks.
struct BoundariesPeerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boundaries",
        abstract:
            "G rollouts from each of 64 step boundaries of 16 trajectories, beside llama.cpp with its cache shared.",
        discussion: """
            llama.cpp computes a trunk once, shares its cache with the rollouts of the trunk's boundaries, and lets all of them grow
            in one batch.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var peer: PeerOptions

    @Option(help: "The GGUF that llama.cpp reads.")
    var gguf: String?

    @Option(help: "Trajectories.")
    var trajectories = 16

    @Option(help: "Boundaries of each.")
    var boundaries = 4

    @Option(help: "G: rollouts from each boundary.")
    var groupSize = 8

    @Option(help: "New tokens of each rollout.")
    var new = 64

    func run() throws {
        let (model, tokenizer) = try peer.load()
        // GSM8K's trajectories with enough steps, in their order.
        let experts = try PeerData.gsm8k.trajectories(40 * trajectories).filter { $0.steps.count >= boundaries }
        let data = StepData(
            Array(experts.prefix(trajectories)), template: .chat, options: InstanceOptions(), tokenizer: tokenizer,
            maximumPositions: model.configuration.maximumPositions - new)
        let chosen = Dictionary(grouping: data.instances, by: \.trajectory).sorted { $0.key < $1.key }.map {
            Array($0.value.prefix(boundaries))
        }
        var trunks = TrunkForest(data)
        let parents = chosen.map { $0.map { trunks.marker(of: $0) } }
        let forest = trunks.forest
        let requests = parents.joined().flatMap { Array(repeating: $0, count: groupSize) }.enumerated().map {
            GenerationRequest(parent: $1, seed: UInt64($0), stopTokens: [])
        }
        let segments = parents.map { markers in
            markers.compactMap { forest.segments[$0].parent.map { forest.segments[$0].tokens } }
        }
        let marker = forest.segments[parents[0][0]].tokens
        let name = "\(chosen.reduce(0) { $0 + $1.count }) boundaries x \(groupSize)"
        var work = PeerWork()
        work.items[name] = .init(
            action: "boundaries", new: new, trunks: segments, marker: marker, group: groupSize)
        let process = try gguf.flatMap { try peer.start("llama_peer.py", reading: $0, work) }
        let generator = Generator(model: model, tokenizer: tokenizer)
        let ours = PeerCase(name: name, units: Double(requests.count * new)) {
            try Measurement.seconds {
                let completions = try generator.generate(
                    prompts: forest, requests: requests, sampling: SamplingParameters(maximumTokens: new))
                precondition(completions.allSatisfy { $0.tokens.count == new }, "a completion ended early")
            }
        }
        Report.begin(
            "Rollouts from step boundaries", repeats: common.repeats,
            notes: [
                peer.note(model),
                "peer:    \(process?.name ?? "none") with \(gguf?.split(separator: "/").last.map(String.init) ?? "no file")",
                "work:    \(chosen.count) GSM8K trajectories, \(forest.tokenCount.brief) tokens of trunks and markers, \(new) new tokens each",
            ])
        Report.table(
            "Trunks, markers and rollouts at temperature 1",
            PeerComparison.table(
                try PeerComparison.run([ours], peer: process, repeats: common.repeats), peer: "llama.cpp",
                unit: "new tokens"))
    }
}
