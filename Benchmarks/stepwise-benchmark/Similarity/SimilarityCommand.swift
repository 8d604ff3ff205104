import ArgumentParser
import Foundation
import Reward
import ServiceKit

/// `stepwise-benchmark similarity`: pairs a second of the similarity reward beside CPython's difflib.
struct SimilarityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "similarity",
        abstract: "The similarity reward on one core, beside difflib (and cydifflib, after Benchmarks/setup-peers).",
        discussion: "First all ratios are compared with CPython's, bit for bit; where one differs, nothing is measured."
    )

    @OptionGroup var common: CommonOptions

    func run() throws {
        let pairs = try SimilarityPairs.read()
        try checkEquality(pairs)
        let peer = try SimilarityPeer(pairs.pairs)
        Report.begin(
            "Similarity reward", repeats: common.repeats,
            notes: [
                "pairs:   \(pairs.source), \(pairs.pairs.count) pairs; all ratios equal CPython's bit for bit, autojunk off and on",
                peer.map {
                    "peers:   \($0.greeting.implementations.joined(separator: ", ")) on Python \($0.greeting.python)"
                }
                    ?? "peers:   none; there is no python3 on the PATH",
            ])
        for autojunk in [false, true] {
            try Report.table("Pairs/s on one core, autojunk \(autojunk ? "on" : "off")", table(pairs, peer, autojunk))
        }
    }

    /// Every pair against the ratios in its file.
    private func checkEquality(_ pairs: SimilarityPairs) throws {
        for (index, pair) in pairs.pairs.enumerated() {
            for (autojunk, expected) in [(false, pair.plain), (true, pair.junk)] {
                var matcher = ScalarMatcher(expert: pair.expert, autojunk: autojunk)
                let ratio = matcher.ratio(of: pair.action)
                guard ratio.bitPattern == expected.bitPattern else {
                    throw CommandFailure(
                        "\(pairs.source): pair \(index + 1), autojunk \(autojunk ? "on" : "off"): our ratio is \(ratio), CPython's \(expected)"
                    )
                }
            }
        }
    }

    /// A row for each length, and one for all pairs together: the time of all.
    private func table(_ pairs: SimilarityPairs, _ peer: SimilarityPeer?, _ autojunk: Bool) throws -> TextTable {
        let implementations = peer?.greeting.implementations ?? []
        var table = TextTable(
            [.init("characters", .trailing), .init("pairs", .trailing), .init("Stepwise", .trailing)]
                + implementations.flatMap { [.init($0, .trailing), .init("ours / its", .trailing)] })
        for size in SimilarityPairs.sizes {
            let all = pairs.indices(of: size.range, limit: .max)
            guard !all.isEmpty else { continue }
            // So many pairs that difflib without autojunk, the slowest, takes about a second.
            let some = pairs.indices(of: size.range, limit: max(8, 14_000_000 / (size.name * size.name)))
            var row = ["\(size.name)", "\(all.count)", rate(pairs, all, autojunk).brief]
            for implementation in implementations {
                let chosen = implementation == "difflib" ? some : all
                let (rate, ratio) = try compare(pairs, peer, implementation, chosen, autojunk)
                row += [rate.brief, ratio.asRatio]
            }
            table.add(row)
        }
        let all = Array(pairs.pairs.indices)
        var row = ["all", "\(all.count)", rate(pairs, all, autojunk).brief]
        for implementation in implementations {
            guard implementation != "difflib" else {
                row += ["", ""]
                continue
            }
            let (rate, ratio) = try compare(pairs, peer, implementation, all, autojunk)
            row += [rate.brief, ratio.asRatio]
        }
        table.add(row)
        return table
    }

    /// Our pairs a second, the median.
    private func rate(_ pairs: SimilarityPairs, _ chosen: [Int], _ autojunk: Bool) -> Double {
        let own = OwnMeasurement(pairs, chosen, autojunk)
        return Measurement.median((0..<common.repeats).map { _ in own.rate() })
    }

    /// Medians of a peer's rate, and of ours over its of neighbouring measurements.
    private func compare(
        _ pairs: SimilarityPairs, _ peer: SimilarityPeer?, _ implementation: String, _ chosen: [Int],
        _ autojunk: Bool
    ) throws -> (rate: Double, ratio: Double) {
        guard let peer else { return (.nan, .nan) }
        let own = OwnMeasurement(pairs, chosen, autojunk)
        let expected = own.ratios().map(hexadecimal)
        var rates: [Double] = []
        var ratios: [Double] = []
        for _ in 0..<common.repeats {
            let ours = own.rate()
            let answer = try peer.ask(.init(implementation: implementation, autojunk: autojunk, pairs: chosen))
            guard answer.ratios.compactMap(Double.init).map(hexadecimal) == expected else {
                throw CommandFailure("\(implementation) and Stepwise differ, autojunk \(autojunk ? "on" : "off")")
            }
            rates.append(Double(chosen.count) / answer.seconds)
            ratios.append(ours * answer.seconds / Double(chosen.count))
        }
        return (Measurement.median(rates), Measurement.median(ratios))
    }

    private func hexadecimal(_ ratio: Double) -> String { String(ratio.bitPattern, radix: 16) }
}

/// Our own side of the comparison, on one set of pairs.
private struct OwnMeasurement {
    private let texts: [(action: String, expert: String)]
    private let autojunk: Bool
    /// So many rounds take a tenth of a second.
    private let loops: Int

    init(_ pairs: SimilarityPairs, _ chosen: [Int], _ autojunk: Bool) {
        let texts = chosen.map { (action: pairs.pairs[$0].action, expert: pairs.pairs[$0].expert) }
        self.texts = texts
        self.autojunk = autojunk
        loops = max(1, Int(0.1 / max(1e-6, Measurement.seconds { _ = Self.ratios(texts, autojunk) })))
    }

    func ratios() -> [Double] { Self.ratios(texts, autojunk) }

    /// Pairs a second.
    func rate() -> Double {
        Double(texts.count * loops) / Measurement.seconds { for _ in 0..<loops { _ = ratios() } }
    }

    /// As difflib does it: a new expert text for each pair.
    private static func ratios(_ texts: [(action: String, expert: String)], _ autojunk: Bool) -> [Double] {
        var matcher = ScalarMatcher(expert: "", autojunk: autojunk)
        return texts.map { action, expert in
            matcher.setExpert(expert)
            return matcher.ratio(of: action)
        }
    }
}
