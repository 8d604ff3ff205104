import Foundation
import Zstandard

/// Texts that are encoded one after the other, without special tokens.
struct TokenizerWorkload: Encodable {
    let name: String
    let texts: [String]

    var bytes: Int { texts.reduce(0) { $0 + $1.utf8.count } }

    /// GSM8K's training problems with their solutions, row by row and as one text, and lines of 1 MB without a space.
    static func all() throws -> (source: String, workloads: [TokenizerWorkload]) {
        let (source, rows) = try texts()
        let letters = (0..<1 << 20).map { place -> UInt8 in
            // Letters without a pattern, the same in every run (Knuth's multiplicative hash).
            UInt8(ascii: "a") + UInt8(truncatingIfNeeded: (UInt64(place) &* 2_654_435_761 >> 16) % 26)
        }
        return (
            source,
            [
                TokenizerWorkload(name: "row by row", texts: rows),
                TokenizerWorkload(name: "as one text", texts: [rows.joined(separator: "\n")]),
                TokenizerWorkload(name: "1 MB of letters", texts: [String(decoding: letters, as: UTF8.self)]),
                TokenizerWorkload(name: "1 MB of one letter", texts: [String(repeating: "a", count: 1 << 20)]),
            ]
        )
    }

    private struct Row: Decodable {
        let question: String
        let answer: String
    }

    private static func texts() throws -> (source: String, rows: [String]) {
        if let path = Checkout.optional("../shared/data/gsm8k/train.jsonl") {
            var rows: [String] = []
            let reader = try LineReader(path: path)
            while let line = try reader.next() {
                let row = try JSONDecoder().decode(Row.self, from: Data(line.text.utf8))
                rows.append(row.question + "\n" + row.answer)
            }
            return (path, rows)
        }
        let pairs = try SimilarityPairs.read()
        return (pairs.source, pairs.pairs.map { $0.action + "\n" + $0.expert })
    }
}
