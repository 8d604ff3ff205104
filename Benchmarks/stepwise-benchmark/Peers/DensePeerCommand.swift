import ArgumentParser
import ModelCore
import ServiceKit

/// `stepwise-benchmark peers dense`: a training step without anything to share.
struct DensePeerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dense",
        abstract: "A dense training step beside PyTorch, and its share of OpenBLAS's sgemm peak.",
        discussion: """
            Forward, a loss on every token, backward, clipping, AdamW. The peak is that of OpenBLAS's product of two matrices of
            1536 x 1536 on all cores in the same turns. OpenBLAS takes the kernels of the processor that it thinks it is on: set
            OPENBLAS_CORETYPE, such as SkylakeX, to have others.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var peer: PeerOptions

    @Option(help: "Sequences in the batch.")
    var sequences = 8

    @Option(help: "Tokens of each.")
    var length = 256

    func run() throws {
        let (model, _) = try peer.load()
        let batch = RandomTokens.make(sequences, length: length, vocabulary: model.configuration.vocabularySize)
        var forest = TokenForest()
        for tokens in batch { forest.add(tokens) }
        let predictions = forest.segments.indices.flatMap(forest.predictions(of:))
        let update = UniformUpdate(model)
        let name = "\(sequences) x \(length)"
        let process = try peer.start(
            "torch_peer.py", PeerWork(trains: true, items: [name: .init(action: "dense", sequences: batch)]))
        var peaks: [Double] = []
        let peak = OpenBLASProduct.peak
        let work = PeerCase(name: name, units: Double(sequences * length)) {
            peaks.append(peak.operations / Measurement.seconds { peak.run() })
            return try Measurement.seconds { try update.run(predictions, in: forest) }
        }
        Report.begin(
            "Dense training step", repeats: common.repeats,
            notes: [peer.note(model), "peer:    \(process?.name ?? "none")"])
        let times = try PeerComparison.run([work], peer: process, repeats: common.repeats)
        Report.table(
            "Forward, backward, clipping, AdamW; a loss on every token",
            PeerComparison.table(times, peer: "PyTorch", unit: "tokens"))

        let needed = ModelCost(model.configuration).training(
            tokens: sequences * length, pairs: sequences * ModelCost.pairs(length), predictions: predictions.count)
        let rate = Measurement.median(Array(peaks.dropFirst()))
        var table = TextTable([
            .init("kernels of OpenBLAS"), .init("its sgemm, GFLOP/s", .trailing), .init("our step", .trailing),
            .init("share", .trailing), .init("PyTorch's step", .trailing), .init("share", .trailing),
        ])
        let (ours, theirs) = (needed / times[0].ours, times[0].peer.map { needed / $0 })
        table.add([
            OpenBLASProduct.core, (rate / 1e9).brief, (ours / 1e9).brief, "\(Int((100 * ours / rate).rounded()))%",
            theirs.map { ($0 / 1e9).brief } ?? "", theirs.map { "\(Int((100 * $0 / rate).rounded()))%" } ?? "",
        ])
        Report.table("Share of OpenBLAS's sgemm peak, of what the mathematics needs", table)
    }
}
