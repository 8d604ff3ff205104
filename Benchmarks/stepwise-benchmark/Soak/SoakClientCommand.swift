import ArgumentParser
import Foundation
import HTTPTypes
import Logging
import Reward
import ServiceAPI
import ServiceKit
import Synchronization
import Transport

/// `stepwise-benchmark soak-client`: one of the clients of `Benchmarks/soak`.
struct SoakClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak-client",
        abstract: "Ask a reward service for scores without pause, and compare every answer with the library's own.",
        discussion: """
            Batches of 1 to 64 pairs of 50 to 3,000 characters, HTTP/2 and zstd. Twice a second a line with the answers so far, those that were \
            wrong and the calls that failed goes to standard output. Ends by itself after --seconds, or when it is killed, which is what \
            Benchmarks/soak does.
            """,
        shouldDisplay: false)

    @Option(help: "The service.")
    var url: String

    @Option(help: "Calls under way at one time.")
    var concurrency = 8

    @Option(help: "How long.")
    var seconds = 60.0

    @Option(help: "Chooses the batches.")
    var seed: UInt64 = 1

    private struct Batch: Sendable {
        let request: [UInt8]
        let answer: [UInt8]
    }

    /// Whether calls were answered rightly, wrongly, or not at all.
    private final class Tally: Sendable {
        private let counts = Mutex((answers: 0, wrong: 0, failed: 0))

        func add(_ outcome: Bool?) {
            counts.withLock { counts in
                switch outcome {
                case true?: counts.answers += 1
                case false?: counts.wrong += 1
                case nil: counts.failed += 1
                }
            }
        }

        func report() {
            let (answers, wrong, failed) = counts.withLock { $0 }
            FileHandle.standardOutput.write(Data("\(answers) \(wrong) \(failed)\n".utf8))
        }
    }

    func run() async throws {
        let batches = try makeBatches()
        let client = try HTTPClient(
            configuration: ClientConfiguration(urls: [url]),
            logger: Logger(label: "soak") { _ in SwiftLogNoOpLogHandler() })
        let tally = Tally()
        let end = ContinuousClock.now + .seconds(seconds)
        let reporting = Task {
            while !Task.isCancelled {
                tally.report()
                try await Task.sleep(for: .milliseconds(500))
            }
        }
        await withDiscardingTaskGroup { group in
            for index in 0..<concurrency {
                group.addTask {
                    var next = index
                    while ContinuousClock.now < end {
                        tally.add(await Self.call(batches[next % batches.count], client))
                        next += 1
                    }
                }
            }
        }
        reporting.cancel()
        tally.report()
        await client.shutdown()
    }

    /// Whether the answer is the library's, byte for byte; nil where there was none.
    private static func call(_ batch: Batch, _ client: HTTPClient) async -> Bool? {
        let request = ClientRequest(
            method: .post, path: ServicePath.score, headers: [.contentType: "application/json"], body: batch.request,
            isIdempotent: true)
        do {
            let response = try await client.send(request)
            if response.status == .ok && response.body == batch.answer { return true }
            FileHandle.standardError.write(Data("soak-client: \(response.status): \(response.text.prefix(300))\n".utf8))
            return response.status == .ok ? false : nil
        } catch {
            FileHandle.standardError.write(Data("soak-client: \(error)\n".utf8))
            return nil
        }
    }

    /// 48 batches, each with what the library answers.
    private func makeBatches() throws -> [Batch] {
        let pairs = try SimilarityPairs.read().pairs
        var random = SplitMix(state: seed)
        let functions: [(String, [String: JSONValue])] = [
            ("srl.similarity", [:]), ("srl.similarity", ["autojunk": true]),
            ("srl.similarity", ["granularity": "word"]),
        ]
        return try (0..<48).map { index in
            let (name, parameters) = functions[index % functions.count]
            let count = [1, 4, 16, 64][index % 4]
            let groups = (0..<count).map { group in
                let pair = pairs.randomElement(using: &random) ?? pairs[0]
                let other = pairs.randomElement(using: &random) ?? pairs[0]
                return ScoreGroup(id: "g\(group)", expert: pair.expert, actions: [pair.action, other.action])
            }
            let request = ScoreRequest(function: name, parameters: parameters, groups: groups)
            return Batch(
                request: try ServiceJSON.encode(request), answer: try ServiceJSON.encode(try Scoring.score(request)))
        }
    }
}

/// splitmix64: the same numbers in every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }
}
