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

    private func table(_ pairs: SimilarityPairs, _ peer: SimilarityPeer?, _ autojunk: Bool) throws -> TextTable {
        let implementations = peer?.greeting.implementations ?? []
        var table = TextTable(
            [.init("characters", .trailing), .init("pairs", .trailing), .init("Stepwise", .trailing)]
                + implementations.flatMap { [.init($0, .trailing), .init("ours / its", .trailing)] })
        for size in SimilarityPairs.sizes {
            // So many pairs that difflib without autojunk, the slowest, takes about a second.
            let chosen = pairs.indices(of: size.range, limit: max(8, 14_000_000 / (size.name * size.name)))
            guard !chosen.isEmpty else { continue }
            let rates = try measure(pairs, peer, implementations, chosen, autojunk)
            table.add(
                ["\(size.name)", "\(chosen.count)", rates.ours.brief]
                    + rates.theirs.flatMap { [$0.rate.brief, $0.ratio.asRatio] })
        }
        return table
    }

    /// Medians of the rates, and of the ratios of neighbouring measurements.
    private func measure(
        _ pairs: SimilarityPairs, _ peer: SimilarityPeer?, _ implementations: [String], _ chosen: [Int],
        _ autojunk: Bool
    ) throws -> (ours: Double, theirs: [(rate: Double, ratio: Double)]) {
        let texts = chosen.map { (pairs.pairs[$0].action, pairs.pairs[$0].expert) }
        var own = [String]()
        func once() {
            // As difflib does it: a new expert text for each pair.
            var matcher = ScalarMatcher(expert: "", autojunk: autojunk)
            own = texts.map { action, expert in
                matcher.setExpert(expert)
                return hexadecimal(matcher.ratio(of: action))
            }
        }
        let loops = max(1, Int(0.1 / max(1e-6, Measurement.seconds(once))))
        var ours: [Double] = []
        var theirs = [[Double]](repeating: [], count: implementations.count)
        var ratios = theirs
        for _ in 0..<common.repeats {
            let rate = Double(chosen.count * loops) / Measurement.seconds { for _ in 0..<loops { once() } }
            ours.append(rate)
            for (index, implementation) in implementations.enumerated() {
                guard let peer else { continue }
                let answer = try peer.ask(.init(implementation: implementation, autojunk: autojunk, pairs: chosen))
                guard answer.ratios.compactMap(Double.init).map(hexadecimal) == own else {
                    throw CommandFailure("\(implementation) and Stepwise differ, autojunk \(autojunk ? "on" : "off")")
                }
                theirs[index].append(Double(chosen.count) / answer.seconds)
                ratios[index].append(rate * answer.seconds / Double(chosen.count))
            }
        }
        return (
            Measurement.median(ours),
            zip(theirs, ratios).map { (Measurement.median($0), Measurement.median($1)) }
        )
    }

    private func hexadecimal(_ ratio: Double) -> String { String(ratio.bitPattern, radix: 16) }
}
