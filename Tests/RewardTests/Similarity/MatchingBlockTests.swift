import Foundation
import Reward
import ServiceAPI
import Testing
import Zstandard

/// The matching blocks against CPython's own.
@Suite struct MatchingBlockTests {
    private struct Row: Decodable {
        let unit: SimilarityParameters.Granularity
        let a: String
        let b: String
        let off: [[Int]]
        let on: [[Int]]

        enum CodingKeys: String, CodingKey { case unit, a, b, off, on }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            let name = try values.decode(String.self, forKey: .unit)
            unit = try #require(SimilarityParameters.Granularity(rawValue: name))
            a = try values.decode(String.self, forKey: .a)
            b = try values.decode(String.self, forKey: .b)
            off = try values.decode([[Int]].self, forKey: .off)
            on = try values.decode([[Int]].self, forKey: .on)
        }
    }

    /// The bytes of UTF-8 are its tokens.
    private static let bytes = NamedTokenizer(identity: "bytes", bytes: { [UInt8($0)] }) { $0.utf8.map { Int32($0) } }

    private func parameters(_ unit: SimilarityParameters.Granularity, autojunk: Bool) throws -> SimilarityParameters {
        var values: [String: JSONValue] = ["granularity": .string(unit.rawValue), "autojunk": .bool(autojunk)]
        if unit == .token { values["tokenizer"] = "bytes" }
        return try SimilarityParameters(values, tokenizers: ["bytes": Self.bytes])
    }

    /// `Tests/Fixtures/make_matching_blocks.py` made these.
    @Test func equalCPythonsOnAllPairs() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/matching-blocks.jsonl.zst").path
        let reader = try LineReader(path: path)
        var count = 0
        var differing = 0
        while let line = try reader.next() {
            let row = try JSONDecoder().decode(Row.self, from: Data(line.text.utf8))
            for (autojunk, expected) in [(false, row.off), (true, row.on)] {
                let comparison = SequenceComparison(
                    of: row.a, with: row.b, try parameters(row.unit, autojunk: autojunk))
                let place = "pair \(line.number), \(row.unit), autojunk \(autojunk)"
                #expect(comparison.blocks.map { [$0.action, $0.expert, $0.count] } == expected, "\(place)")
                check(comparison, of: row.a, with: row.b, place)
            }
            count += 1
            if row.off != row.on { differing += 1 }
        }
        #expect(count == 480)
        // A fixture on which autojunk changed nothing would not test it.
        #expect(differing > 60)
    }

    /// What can be said of any comparison: the pieces are the texts, the blocks are their matching pieces, and the sum of blocks is the ratio.
    private func check(_ comparison: SequenceComparison, of action: String, with expert: String, _ place: String) {
        for (compared, text) in [(comparison.action, action), (comparison.expert, expert)] {
            let joined = compared.segments.map(\.text).joined()
            #expect(Array(joined.utf8) == Array(text.utf8), "\(place)")
            let blocks = compared.segments.compactMap(\.block)
            #expect(blocks == Array(Set(blocks)).sorted(), "\(place)")
            if comparison.unit == .scalar { #expect(blocks == Array(comparison.blocks.indices), "\(place)") }
        }
        if comparison.unit == .scalar {
            let pairs = zip(
                comparison.action.segments.filter { $0.kind == .match },
                comparison.expert.segments.filter { $0.kind == .match })
            for (mine, its) in pairs { #expect(Array(mine.text.utf8) == Array(its.text.utf8), "\(place)") }
        }
        let sum = comparison.blocks.reduce(0) { $0 + $1.count }
        #expect(comparison.matched == sum, "\(place)")
        let total = comparison.action.elements + comparison.expert.elements
        #expect(comparison.ratio == (total == 0 ? 1 : 2.0 * Double(sum) / Double(total)), "\(place)")
    }

    @Test func segmentsOfWordsKeepTheSpaceBetweenThem() throws {
        let comparison = SequenceComparison(
            of: " the  sum of\tall", with: "the  product of all", try parameters(.word, autojunk: false))
        #expect(comparison.blocks == [.init(action: 0, expert: 0, count: 1), .init(action: 2, expert: 2, count: 2)])
        #expect(
            comparison.action.segments == [
                .init(.gap, " "), .init(.match, "the", block: 0), .init(.gap, "  "), .init(.difference, "sum"),
                .init(.gap, " "), .init(.match, "of\tall", block: 1),
            ])
    }

    @Test func lineBreaksOfEveryKindAreGaps() throws {
        let comparison = SequenceComparison(
            of: "a\r\n\u{2028}b\u{85}", with: "b", try parameters(.line, autojunk: false))
        #expect(comparison.action.elements == 3)
        #expect(
            comparison.action.segments == [
                .init(.difference, "a\r\n"), .init(.gap, "\u{2028}"), .init(.match, "b", block: 0),
                .init(.gap, "\u{85}"),
            ])
    }

    /// "é" and "è" begin with the same byte.
    @Test func aCharacterThatTokensShareIsNotTornApart() throws {
        let comparison = SequenceComparison(of: "é", with: "è", try parameters(.token, autojunk: false))
        #expect(comparison.blocks == [.init(action: 0, expert: 0, count: 1)])
        #expect(comparison.action.segments == [.init(.match, "é", block: 0)])
    }
}
