import ArgumentParser
import ModelCore
import ServiceKit

/// `stepwise-benchmark peers llama`: one sequence.
struct LlamaPeerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "llama",
        abstract: "Decoding one sequence, and prompt processing, beside llama.cpp.",
        discussion: """
            The peer reads a GGUF of the same weights in F16 or BF16. Our side holds weights that are BFloat16 numbers, as a
            checkpoint's are, in BFloat16, and computes in Float32. Both sides have their weights ready before the time begins.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var peer: PeerOptions

    @Option(help: "The GGUF that llama.cpp reads.")
    var gguf: String?

    @Option(help: "Lengths of prompts to process.")
    var prompts = [128, 512]

    @Option(help: "New tokens after a prompt of 128.")
    var new = 128

    func run() throws {
        let (model, _) = try peer.load()
        let vocabulary = model.configuration.vocabularySize
        let decoder = try ForestDecoder(model: model)
        var work = PeerWork()
        let first = RandomTokens.make(1, length: 128, vocabulary: vocabulary)[0]
        let name = "decoding, batch 1"
        work.items[name] = .init(action: "decode", prompts: [first], new: new)
        var cases = [
            PeerCase(name: name, units: Double(new)) {
                var sampler = Sampler(parameters: SamplingParameters(maximumTokens: new))
                var random = RandomGenerator(seed: 1)
                let prompt = try decoder.add([(first, nil)])
                let leaf = try decoder.add([([], prompt[0])])
                defer {
                    decoder.remove(leaf)
                    decoder.remove(prompt)
                }
                var logits = try decoder.logits(after: prompt[0])
                func draw() throws -> TokenID {
                    let drawn = logits.withUnsafeBufferPointer { sampler.draw(from: $0, using: &random) }
                    guard let drawn else { throw CommandFailure("the logits are not finite") }
                    return drawn.token
                }
                var token = try draw()
                return try Measurement.seconds {
                    for _ in 0..<new {
                        try decoder.step(leaves: leaf, tokens: [token], logits: &logits)
                        token = try draw()
                    }
                }
            }
        ]
        for length in prompts {
            let tokens = RandomTokens.make(1, length: length, vocabulary: vocabulary)[0]
            let name = "prompt of \(length)"
            work.items[name] = .init(action: "prompt", prompts: [tokens])
            cases.append(
                PeerCase(name: name, units: Double(length)) {
                    try Measurement.seconds {
                        let prompt = try decoder.add([(tokens, nil)])
                        _ = try decoder.logits(after: prompt[0])
                        decoder.remove(prompt)
                    }
                })
        }
        let process = try gguf.flatMap { try peer.start("llama_peer.py", reading: $0, work) }
        Report.begin(
            "One sequence", repeats: common.repeats,
            notes: [
                peer.note(model),
                "peer:    \(process?.name ?? "none") with \(gguf?.split(separator: "/").last.map(String.init) ?? "no file")",
            ])
        Report.table(
            "Decoding after a prompt of 128 tokens, at temperature 1; prompts with the logits of their last token",
            PeerComparison.table(
                try PeerComparison.run(cases, peer: process, repeats: common.repeats), peer: "llama.cpp",
                unit: "tokens"))
    }
}
