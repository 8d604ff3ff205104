import ArgumentParser
import ModelCore
import ServiceKit

/// `stepwise-benchmark peers`: real models beside what people would use instead.
struct PeersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "A real checkpoint beside PyTorch, TRL and llama.cpp, in turns.",
        discussion: """
            The same weights and token ids on both sides, in Float32 unless said. Benchmarks/peers/setup installs the peers, and
            Benchmarks/peers/run ROW brings the weights and runs one of these.
            """,
        subcommands: [
            DensePeerCommand.self, UpdatePeerCommand.self, StepPeerCommand.self, GeneratePeerCommand.self,
            LlamaPeerCommand.self, BoundariesPeerCommand.self,
        ])
}

/// What every comparison with a peer is told.
struct PeerOptions: ParsableArguments {
    @Option(help: "The checkpoint folder of our side, and of PyTorch's.")
    var checkpoint: String

    @Flag(help: "Leave the peer out and only measure our side.")
    var alone = false

    @Option(help: "Threads of both sides; all cores unless given.")
    var threads: Int?

    func load() throws -> (model: CausalLanguageModel, tokenizer: any Tokenizer) {
        if let threads { BLAS.setThreads(max(1, threads)) }
        return try Checkpoint.load(from: checkpoint)
    }

    /// A peer's script with the work that it will be asked for; nil where the peer is left out.
    ///
    /// - Parameter path: what the script reads; the checkpoint unless given.
    func start(_ script: String, reading path: String? = nil, _ work: PeerWork) throws -> PeerProcess? {
        try alone ? nil : PeerProcess(script, arguments: [path ?? checkpoint], work: work)
    }

    func note(_ model: CausalLanguageModel) -> String {
        let configuration = model.configuration
        return "model:   \(checkpoint.split(separator: "/").last ?? ""), \(model.parameters.count.brief) parameters, d "
            + "\(configuration.hiddenSize), \(configuration.layerCount) layers, vocabulary \(configuration.vocabularySize.brief), \(BLAS.threads) threads"
    }
}
