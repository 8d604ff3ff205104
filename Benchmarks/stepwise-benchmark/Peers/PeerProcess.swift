import Foundation
import ModelCore
import ServiceKit

/// What a peer's script is told before it is asked: see the scripts in Benchmarks/peers.
struct PeerWork: Encodable {
    struct Row: Encodable {
        let prompt: [TokenID]
        let completion: [TokenID]
        let old: [Float]
        let advantage: Double
    }

    struct Batch: Encodable {
        /// What prompts are padded to.
        let width: Int
        let rows: [Row]
    }

    struct Item: Encodable {
        let action: String
        var sequences: [[TokenID]]?
        var prompts: [[TokenID]]?
        var new: Int?
        var batches: [Batch]?
        var trunks: [[[TokenID]]]?
        var marker: [TokenID]?
        var group: Int?
        var experts: [String]?
        /// Sequences in one of the peer's passes.
        var rows: Int?
    }

    var trains = false
    var threads = BLAS.threads
    var items: [String: Item] = [:]
}

/// A peer's script, asked for one repeat of one piece of work at a time.
struct PeerProcess {
    struct Answer: Decodable {
        let seconds: Double
        /// A number that shows what was computed, such as a loss.
        let check: Double
    }

    private struct Greeting: Decodable { let name: String }
    private struct Request: Encodable { let work: String }

    let name: String
    private let peer: PythonPeer

    /// - Parameter script: a file of Benchmarks/peers; it is given `arguments` and then the path of the work.
    init(_ script: String, arguments: [String], work: PeerWork) throws {
        let environment = ProcessInfo.processInfo.environment["STEPWISE_PEERS"] ?? ".build-peers"
        let python = environment + "/bin/python"
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw CommandFailure(
                "\(python): there is no such interpreter; run Benchmarks/peers/setup first, or set STEPWISE_PEERS",
                exitStatus: .missingInput)
        }
        peer = try PythonPeer(script, python: python) { folder in
            let file = folder.appendingPathComponent("work.json")
            try JSONEncoder().encode(work).write(to: file)
            return arguments + [file.path]
        }
        let greeting: Greeting = try peer.answer()
        name = greeting.name
    }

    func run(_ work: String) throws -> Answer { try peer.ask(Request(work: work)) }
}
