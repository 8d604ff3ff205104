import ArgumentParser
import COpenBLAS
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
        let optimizer = AdamW(parameters: model.parameters, configuration: AdamWConfiguration(learningRate: 1e-8))
        let name = "\(sequences) x \(length)"
        let process =
            try peer.alone
            ? nil
            : PeerProcess(
                "torch_peer.py", arguments: [peer.checkpoint],
                work: PeerWork(trains: true, items: [name: .init(action: "dense", sequences: batch)]))
        var peaks: [Double] = []
        let peak = OpenBLASProduct()
        let work = PeerCase(name: name, units: Double(sequences * length)) {
            peaks.append(peak.operations / Measurement.seconds { peak.run() })
            return try Measurement.seconds {
                model.parameters.zeroGradients()
                _ = try model.accumulateGradients(of: predictions, in: forest) { _ in
                    [Float](repeating: -1 / Float(predictions.count), count: predictions.count)
                }
                model.parameters.clipGradients(maximumNorm: 1)
                optimizer.step(learningRate: 1e-8)
            }
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
            peak.core, (rate / 1e9).brief, (ours / 1e9).brief, "\(Int((100 * ours / rate).rounded()))%",
            theirs.map { ($0 / 1e9).brief } ?? "", theirs.map { "\(Int((100 * $0 / rate).rounded()))%" } ?? "",
        ])
        Report.table("Share of OpenBLAS's sgemm peak, of what the mathematics needs", table)
    }
}

/// OpenBLAS's own large product on all cores, a part for each.
struct OpenBLASProduct {
    private static let size = 1536
    private let a = RandomValues.make(size * size, seed: 1)
    private let b = RandomValues.make(size * size, seed: 2)
    private let c = Buffer(count: size * size)

    let operations = 2.0 * Double(size) * Double(size) * Double(size)
    var core: String { String(cString: openblas_get_corename()) }

    func run() {
        let (size, threads) = (Self.size, BLAS.threads)
        Parallel.run(threads) { part in
            let rows = size * part / threads..<size * (part + 1) / threads
            a.withUnsafeBufferPointer { a in
                b.withUnsafeBufferPointer { b in
                    guard let first = a.baseAddress, let second = b.baseAddress else { return }
                    cblas_sgemm(
                        CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows.count), blasint(size), blasint(size), 1,
                        first + rows.lowerBound * size, blasint(size), second, blasint(size), 0,
                        c.pointer + rows.lowerBound * size, blasint(size))
                }
            }
        }
    }
}
