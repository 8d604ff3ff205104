import ArgumentParser
import ModelCore
import ServiceKit

/// `stepwise-benchmark peers generate`: rollouts of unrelated prompts.
struct GeneratePeerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Sampling beside transformers' generate with its key-value cache.",
        discussion: "Prompts are processed, and our weights packed, within the time.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var peer: PeerOptions

    @Option(help: "Batch sizes.")
    var batches = [32, 128]

    @Option(help: "Tokens of each prompt.")
    var prompt = 128

    @Option(help: "New tokens of each.")
    var new = 64

    @Flag(
        help:
            "Weights that BFloat16 does not hold, as after an update: decoding packs them as Float32, and reads twice the bytes."
    )
    var trained = false

    func run() throws {
        let (model, tokenizer) = try peer.load()
        if trained {
            let parameters = model.parameters
            for entry in parameters.entries {
                try parameters.setValues(entry.name, parameters.values(entry.name).map { $0 * (1 + 1 / 4096) })
            }
        }
        let generator = Generator(model: model, tokenizer: tokenizer)
        var work = PeerWork()
        let cases = batches.map { count in
            let prompts = RandomTokens.make(count, length: prompt, vocabulary: model.configuration.vocabularySize)
            let name = "batch \(count)"
            work.items[name] = .init(action: "generate", prompts: prompts, new: new)
            var forest = TokenForest()
            for tokens in prompts { forest.add(tokens) }
            let requests = prompts.indices.map { GenerationRequest(parent: $0, seed: UInt64($0), stopTokens: []) }
            return PeerCase(name: name, units: Double(count * new)) {
                try Measurement.seconds {
                    let completions = try generator.generate(
                        prompts: forest, requests: requests, sampling: SamplingParameters(maximumTokens: new))
                    precondition(completions.allSatisfy { $0.tokens.count == new }, "a completion ended early")
                }
            }
        }
        let process = try peer.start("torch_peer.py", work)
        Report.begin(
            "Decoding", repeats: common.repeats, notes: [peer.note(model), "peer:    \(process?.name ?? "none")"])
        Report.table(
            "Prompts of \(prompt) tokens, \(new) new at temperature 1",
            PeerComparison.table(
                try PeerComparison.run(cases, peer: process, repeats: common.repeats), peer: "transformers",
                unit: "new tokens"))
    }
}
