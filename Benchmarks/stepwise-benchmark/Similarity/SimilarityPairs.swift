import Foundation
import ServiceKit
import Zstandard

/// Pairs of texts with the ratios that CPython has computed for them.
struct SimilarityPair: Decodable {
    let action: String
    let expert: String
    /// autojunk off and on.
    let plain: Double
    let junk: Double
    let length: Int

    private enum CodingKeys: String, CodingKey {
        case a, b, ratio, size
        case autojunk
        case sharedAutojunk = "ratio_autojunk"
    }

    /// Reads the rows of ../shared/reward_pairs (numbers) and those of Tests/Fixtures (hexadecimal floats).
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        action = try values.decode(String.self, forKey: .a)
        expert = try values.decode(String.self, forKey: .b)
        if values.contains(.sharedAutojunk) {
            plain = try values.decode(Double.self, forKey: .ratio)
            junk = try values.decode(Double.self, forKey: .sharedAutojunk)
        } else {
            plain = try Self.hexadecimal(values, .ratio)
            junk = try Self.hexadecimal(values, .autojunk)
        }
        length = max(action.unicodeScalars.count, expert.unicodeScalars.count)
    }

    private static func hexadecimal(_ values: KeyedDecodingContainer<CodingKeys>, _ key: CodingKeys) throws -> Double {
        guard let number = Double(try values.decode(String.self, forKey: key)) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: values, debugDescription: "is not a hexadecimal float")
        }
        return number
    }
}

/// All pairs, and those of about the same length.
struct SimilarityPairs {
    let source: String
    let pairs: [SimilarityPair]

    /// The lengths that are reported, with the range of the longer text's length that each stands for.
    static let sizes: [(name: Int, range: Range<Int>)] = [
        (50, 20..<120), (200, 120..<500), (800, 500..<1700), (3000, 1700..<5200),
    ]

    static func read() throws -> SimilarityPairs {
        let path =
            try Checkout.optional("../shared/reward_pairs/pairs.jsonl.zst")
            ?? Checkout.required("Tests/Fixtures/similarity-pairs.jsonl.zst")
        let reader = try LineReader(path: path)
        var pairs: [SimilarityPair] = []
        while let line = try reader.next() {
            do {
                pairs.append(try JSONDecoder().decode(SimilarityPair.self, from: Data(line.text.utf8)))
            } catch {
                throw CommandFailure(
                    "\(path):\(line.number): not a pair with its ratios: \(error)", exitStatus: .invalidData)
            }
        }
        return SimilarityPairs(source: path, pairs: pairs)
    }

    /// Up to `limit` indices of pairs of a size, evenly spread over the file.
    func indices(of range: Range<Int>, limit: Int) -> [Int] {
        let all = pairs.indices.filter { range.contains(pairs[$0].length) }
        guard all.count > limit else { return all }
        return (0..<limit).map { all[$0 * all.count / limit] }
    }
}
