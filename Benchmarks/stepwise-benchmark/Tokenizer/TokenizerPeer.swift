import Foundation
import ModelCore

/// Benchmarks/peers/tokenizer.py: the package tokenizers of PyPI.
struct TokenizerPeer {
    private struct Greeting: Decodable {
        let python: String
        /// Nil where the package is not installed.
        let version: String?
    }

    private struct Request: Encodable {
        let workload: String
        let ids: Bool
    }

    private struct Answer: Decodable {
        let seconds: Double
        let ids: [[TokenID]]?
    }

    let version: String
    let python: String
    private let peer: PythonPeer

    /// Nil when there is no Python, or the package is not installed for it.
    init?(_ tokenizer: any Tokenizer, _ workloads: [TokenizerWorkload]) throws {
        let started = try PythonPeer("tokenizer.py") { folder in
            try tokenizer.write(to: folder.path)
            var lines = Data()
            for workload in workloads {
                lines += try JSONEncoder().encode(workload)
                lines.append(UInt8(ascii: "\n"))
            }
            let file = folder.appendingPathComponent("workloads.jsonl")
            try lines.write(to: file)
            return [folder.appendingPathComponent("tokenizer.json").path, file.path]
        }
        guard let started else { return nil }
        let greeting: Greeting = try started.answer()
        guard let version = greeting.version else { return nil }
        (peer, self.version, python) = (started, version, greeting.python)
    }

    /// The ids that the peer makes of each text.
    func ids(_ workload: TokenizerWorkload) throws -> [[TokenID]] {
        let answer: Answer = try peer.ask(Request(workload: workload.name, ids: true))
        return answer.ids ?? []
    }

    /// How long the peer takes for all texts.
    func seconds(_ workload: TokenizerWorkload) throws -> Double {
        let answer: Answer = try peer.ask(Request(workload: workload.name, ids: false))
        return answer.seconds
    }
}
