import ArgumentParser
import Dispatch
import Foundation
import Reward
import ServiceAPI
import ServiceKit
import Synchronization

/// `stepwise-benchmark scoring`: what the reward service does with a batch, without the network.
struct ScoringCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scoring",
        abstract: "Batches a second of the scoring alone on all cores, and JSON with and without Foundation.",
        discussion: """
            A batch is 64 pairs of 400 characters, each with an expert step of its own, unless a file gives another request body of \
            POST /v1/score. Both ways of reading and writing must give the same message and the same bytes; else nothing is measured.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: "A request body as JSON, to be used instead.", completion: .file())
    var batch: String?

    func run() throws {
        let text = try batch.map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: $0))) } ?? Self.usualBatch()
        let request = try ServiceJSON.decodeRequest(ScoreRequest.self, from: text)
        let function = try RewardRegistry.standard.make(name: request.function, parameters: request.parameters ?? [:])
        let response = try Scoring.score(request.groups, with: function)
        let written = try ServiceJSON.encode(response)
        guard try ServiceJSON.decodeStrictly(ScoreRequest.self, from: text) == request,
            try ServiceJSON.encodeWithFoundation(response) == written
        else { throw CommandFailure("the batch is not the same with Foundation and without") }
        Report.begin(
            "Scoring", repeats: common.repeats,
            notes: [
                "batch:   \(batch ?? "the usual"), \(request.groups.reduce(0) { $0 + $1.itemCount }) items, \(text.count.brief) bytes of JSON, the answer \(written.count.brief)"
            ])
        try Report.table("The scoring alone", scoring(request.groups, function))
        try Report.table("JSON on one core", json(text, response))
    }

    private static func usualBatch() throws -> [UInt8] {
        let pairs = try SimilarityPairs.read().pairs
            .filter { min($0.action.unicodeScalars.count, $0.expert.unicodeScalars.count) >= 400 }.prefix(64)
        func cut(_ text: String) -> String { String(String.UnicodeScalarView(text.unicodeScalars.prefix(400))) }
        let groups = pairs.enumerated().map { index, pair in
            ScoreGroup(id: "g\(index)", expert: cut(pair.expert), actions: [cut(pair.action)])
        }
        return try ServiceJSON.encode(ScoreRequest(function: "srl.similarity", groups: groups))
    }

    private func scoring(_ groups: [ScoreGroup], _ function: any RewardFunction) throws -> TextTable {
        var table = TextTable([.init("cores", .trailing), .init("batches/s", .trailing)])
        for cores in Set([1, ProcessInfo.processInfo.activeProcessorCount]).sorted() {
            let rates = (0..<common.repeats).map { _ in Self.rate(groups, function, cores: cores) }
            table.add(["\(cores)", Measurement.median(rates).brief])
        }
        return table
    }

    /// Batches a second of so many threads, over a second.
    private static func rate(_ groups: [ScoreGroup], _ function: any RewardFunction, cores: Int) -> Double {
        let scored = Mutex(0)
        let start = ContinuousClock.now
        DispatchQueue.concurrentPerform(iterations: cores) { _ in
            var count = 0
            while ContinuousClock.now - start < .seconds(1) {
                let answers = groups.map { function.score($0) }
                precondition(answers.count == groups.count)
                count += 1
            }
            scored.withLock { $0 += count }
        }
        return Double(scored.withLock { $0 }) / ((ContinuousClock.now - start) / .seconds(1))
    }

    private func json(_ text: [UInt8], _ response: ScoreResponse) throws -> TextTable {
        let reading: [() throws -> Void] = [
            { _ = try ServiceJSON.decode(ScoreRequest.self, from: text) },
            { _ = try ServiceJSON.decodeStrictly(ScoreRequest.self, from: text) },
        ]
        let writing: [() throws -> Void] = [
            { _ = try ServiceJSON.encode(response) }, { _ = try ServiceJSON.encodeWithFoundation(response) },
        ]
        var table = TextTable([
            .init(""), .init("direct", .trailing), .init("Foundation", .trailing), .init("faster", .trailing),
        ])
        for (name, ways) in [("the request, read", reading), ("the answer, written", writing)] {
            let loops = ways.map { way in { for _ in 0..<100 { try way() } } }
            let seconds = try Measurement.interleaved(loops, repeats: common.repeats).map { $0 / 100 }
            table.add([name, seconds[0].asTime, seconds[1].asTime, (seconds[1] / seconds[0]).asRatio])
        }
        return table
    }
}
