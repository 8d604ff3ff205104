import Foundation

/// Benchmarks/peers/similarity.py: CPython's difflib, and what else it finds.
struct SimilarityPeer {
    struct Greeting: Decodable {
        let python: String
        let implementations: [String]
    }

    struct Request: Encodable {
        let implementation: String
        let autojunk: Bool
        let pairs: [Int]
    }

    struct Answer: Decodable {
        let seconds: Double
        let ratios: [String]
    }

    let greeting: Greeting
    private let peer: PythonPeer

    /// Nil when there is no Python.
    init?(_ pairs: [SimilarityPair]) throws {
        let started = try PythonPeer("similarity.py") { folder in
            let file = folder.appendingPathComponent("pairs.jsonl")
            var lines = Data()
            for pair in pairs {
                lines += try JSONEncoder().encode(["a": pair.action, "b": pair.expert])
                lines.append(UInt8(ascii: "\n"))
            }
            try lines.write(to: file)
            return [file.path]
        }
        guard let started else { return nil }
        peer = started
        greeting = try started.answer()
    }

    func ask(_ request: Request) throws -> Answer { try peer.ask(request) }
}
