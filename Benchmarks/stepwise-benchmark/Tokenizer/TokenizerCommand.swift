import ArgumentParser
import Foundation
import ModelCore
import ServiceKit

/// `stepwise-benchmark tokenizer`: bytes a second that are encoded, beside Hugging Face's tokenizers.
struct TokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer",
        abstract:
            "Encoding with Qwen2's vocabulary on one core, beside the package tokenizers (after Benchmarks/setup-peers).",
        discussion: "First all ids are compared with the peer's; where one differs, nothing is measured.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let vocabulary =
            try Checkout.optional("../shared/data/tokenizer/qwen2/ggml-vocab-qwen2.gguf")
            ?? Checkout.required("Tests/Fixtures/tokenizers/qwen2")
        let tokenizer = try TokenizerLoading.load(checkpoint: vocabulary)
        let (source, workloads) = try TokenizerWorkload.all()
        let peer = try TokenizerPeer(tokenizer, workloads)
        if let peer { try checkEquality(tokenizer, peer, workloads) }
        Report.begin(
            "Tokenizer", repeats: common.repeats,
            notes: [
                "texts:   \(source); vocabulary: \(vocabulary), \(tokenizer.vocabularySize.brief) tokens",
                peer.map { "peer:    tokenizers \($0.version) on Python \($0.python); all ids are equal" }
                    ?? "peer:    none; Benchmarks/setup-peers installs it",
            ])
        var table = TextTable(
            [.init("text"), .init("bytes", .trailing), .init("Stepwise", .trailing)]
                + (peer == nil ? [] : [.init("tokenizers", .trailing), .init("ours / its", .trailing)]))
        for workload in workloads {
            let (ours, theirs, ratio) = try measure(tokenizer, peer, workload)
            table.add(
                [workload.name, workload.bytes.brief, Self.rate(ours)]
                    + (peer == nil ? [] : [Self.rate(theirs), ratio.asRatio]))
        }
        Report.table("Encoding on one core", table)
    }

    private static func rate(_ bytesPerSecond: Double) -> String { (bytesPerSecond / 1e6).brief + " MB/s" }

    private func checkEquality(
        _ tokenizer: any Tokenizer, _ peer: TokenizerPeer, _ workloads: [TokenizerWorkload]
    ) throws {
        for workload in workloads {
            for (index, (text, ids)) in zip(workload.texts, try peer.ids(workload)).enumerated()
            where tokenizer.encode(text, parsingSpecialTokens: false) != ids {
                throw CommandFailure("\(workload.name): text \(index + 1): our ids differ from those of tokenizers")
            }
        }
    }

    /// Medians of the rates in bytes a second, and of the ratios of neighbouring measurements.
    private func measure(
        _ tokenizer: any Tokenizer, _ peer: TokenizerPeer?, _ workload: TokenizerWorkload
    ) throws -> (ours: Double, theirs: Double, ratio: Double) {
        var tokens = 0
        func once() {
            tokens = workload.texts.reduce(0) { $0 + tokenizer.encode($1, parsingSpecialTokens: false).count }
        }
        once()
        var (ours, theirs): ([Double], [Double]) = ([], [])
        for _ in 0..<common.repeats {
            ours.append(Measurement.seconds(once))
            if let peer { theirs.append(try peer.seconds(workload)) }
        }
        guard tokens > 0 else { throw CommandFailure("\(workload.name): nothing was encoded") }
        let bytes = Double(workload.bytes)
        return (
            bytes / Measurement.median(ours), theirs.isEmpty ? 0 : bytes / Measurement.median(theirs),
            theirs.isEmpty ? 0 : Measurement.median(zip(theirs, ours).map { $0 / $1 })
        )
    }
}
