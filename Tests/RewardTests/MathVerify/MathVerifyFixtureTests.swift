import Foundation
import Reward
import ServiceAPI
import Testing
import Zstandard

/// The verifier against math-verify's verdicts; `Tests/Fixtures/make_math_verify.py` made the pairs.
@Suite struct MathVerifyFixtureTests {
    private struct Pair: Decodable {
        let category: String
        let gold: String
        let prediction: String
        let equal: Bool
    }

    /// A pair of real texts: where they stand in ../shared/data.
    private struct RealPair: Decodable {
        let category: String
        let gold: [Piece]
        let prediction: [Piece]
        let equal: Bool
    }

    private struct Disagreement: Decodable, Hashable {
        let gold: String
        let prediction: String
        let mathVerify: Bool
        let right: String
        let why: String
    }

    /// Where the two differ, a committed list says who is right; nothing else may differ.
    @Test func agreesWithMathVerifyButForTheListedPairs() throws {
        let pairs = try Self.read(Pair.self, "math-verify.jsonl.zst")
        #expect(pairs.count >= 3000)
        #expect(Set(pairs.map(\.category)).count >= 30)
        #expect((1000...pairs.count - 1000).contains(pairs.count(where: \.equal)))
        let listed = try Self.read(Disagreement.self, "math-verify-disagreements.jsonl")
        #expect(listed.allSatisfy { ["stepwise", "math-verify"].contains($0.right) && !$0.why.isEmpty })
        let expected = Set(listed.map { [$0.gold, $0.prediction] })
        let verifier = MathVerifier()
        var differing = Set<[String]>()
        for pair in pairs where Self.isEqual(pair.gold, pair.prediction, verifier) != pair.equal {
            differing.insert([pair.gold, pair.prediction])
            #expect(expected.contains([pair.gold, pair.prediction]), "\(pair)")
        }
        #expect(differing == expected)
        let agreement = 1 - Double(differing.count) / Double(pairs.count)
        print("math.verify agrees with math-verify on \(pairs.count) pairs: \(agreement)")
        #expect(agreement >= 0.97)
    }

    @Test func agreesWithMathVerifyOnRealAnswers() throws {
        let data = try SharedData()
        guard let data else { return }
        let pairs = try Self.read(RealPair.self, "math-verify-real.jsonl.zst")
        #expect(pairs.count >= 1500)
        let verifier = MathVerifier()
        var differing = 0
        for pair in pairs {
            let (gold, prediction) = (try data.text(of: pair.gold), try data.text(of: pair.prediction))
            if Self.isEqual(gold, prediction, verifier) != pair.equal { differing += 1 }
        }
        let agreement = 1 - Double(differing) / Double(pairs.count)
        print("math.verify agrees with math-verify on \(pairs.count) real pairs: \(agreement)")
        #expect(agreement >= 0.97)
    }

    private static func isEqual(_ gold: String, _ prediction: String, _ verifier: MathVerifier) -> Bool {
        guard let expert = try? verifier.answer(in: gold) else { return false }
        return verifier.verdict(expert: expert, prediction: prediction) == .correct
    }

    private static func read<Row: Decodable>(_ type: Row.Type, _ name: String) throws -> [Row] {
        let reader = try LineReader(path: SharedData.repository + "/Tests/Fixtures/" + name)
        var rows: [Row] = []
        while let line = try reader.next() { rows.append(try JSONDecoder().decode(type, from: Data(line.text.utf8))) }
        return rows
    }
}
