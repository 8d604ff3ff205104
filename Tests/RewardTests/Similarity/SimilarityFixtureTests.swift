import Foundation
import Reward
import Testing
import Zstandard

/// The matcher against CPython's own results.
@Suite struct SimilarityFixtureTests {
    private struct Pair: Decodable {
        let kind: String
        let a: String
        let b: String
        let ratio: String
        let autojunk: String
    }

    private struct SharedPair: Decodable {
        let id: Int
        let a: String
        let b: String
        let ratio: Double
        let ratioAutojunk: Double

        enum CodingKeys: String, CodingKey {
            case id, a, b, ratio
            case ratioAutojunk = "ratio_autojunk"
        }
    }

    /// `Tests/Fixtures/make_similarity_pairs.py` made these.
    @Test func equalsCPythonOnAllCommittedPairs() throws {
        let pairs = try read(Pair.self, from: Self.repository + "/Tests/Fixtures/similarity-pairs.jsonl.zst")
        #expect(pairs.count == 2000)
        #expect(Set(pairs.map(\.kind)).count >= 12)
        var plain = ScalarMatcher(expert: "", autojunk: false)
        var junk = ScalarMatcher(expert: "", autojunk: true)
        var differing = 0
        for (index, pair) in pairs.enumerated() {
            let off = try #require(Double(pair.ratio))
            let on = try #require(Double(pair.autojunk))
            plain.setExpert(pair.b)
            junk.setExpert(pair.b)
            #expect(plain.ratio(of: pair.a) == off, "pair \(index + 1), autojunk off")
            #expect(junk.ratio(of: pair.a) == on, "pair \(index + 1), autojunk on")
            if on != off { differing += 1 }
        }
        // A fixture on which autojunk changed nothing would not test it.
        #expect(differing > 200)
    }

    @Test func equalsCPythonOnTheSharedPairs() throws {
        let path = Self.repository + "/../shared/reward_pairs/pairs.jsonl.zst"
        guard FileManager.default.fileExists(atPath: path) else {
            print("skipped: ../shared/reward_pairs is not here")
            return
        }
        for pair in try read(SharedPair.self, from: path) {
            var plain = ScalarMatcher(expert: pair.b, autojunk: false)
            var junk = ScalarMatcher(expert: pair.b, autojunk: true)
            #expect(plain.ratio(of: pair.a) == pair.ratio, "pair \(pair.id), autojunk off")
            #expect(junk.ratio(of: pair.a) == pair.ratioAutojunk, "pair \(pair.id), autojunk on")
        }
    }

    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private func read<Row: Decodable>(_ type: Row.Type, from path: String) throws -> [Row] {
        let reader = try LineReader(path: path)
        var rows: [Row] = []
        while let line = try reader.next() {
            rows.append(try JSONDecoder().decode(type, from: Data(line.text.utf8)))
        }
        return rows
    }
}
