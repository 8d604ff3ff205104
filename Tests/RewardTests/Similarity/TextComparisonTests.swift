import Reward
import TestSupport
import Testing

/// The fast comparison in each set of instructions that this machine has, against difflib as it is written.
@Suite struct TextComparisonTests {
    @Test func baselineIsAlwaysThere() {
        #expect(TextComparison.Instructions.available.first == .baseline)
    }

    /// Pairs small enough for rows of bits alone, with one word a row and with several.
    @Test(arguments: TextComparison.Instructions.available, [1, 2, 3, 8, 60])
    func smallPairs(instructions: TextComparison.Instructions, letters: Int) {
        var random = SeededGenerator(seed: UInt64(letters))
        var comparison = TextComparison(instructions)
        for round in 0..<1200 {
            let (a, b) = TextPairs.random(letters: letters, longest: round < 1000 ? 70 : 180, &random)
            let isTaken = expectEqual(&comparison, a, b, autojunk: false)
            // Larger ones of one letter may be left to the other matcher.
            let cells = a.unicodeScalars.count * b.unicodeScalars.count
            #expect(isTaken || (letters == 1 && cells > 4096), "\(a.debugDescription), \(b.debugDescription)")
        }
    }

    /// Pairs with long runs, found by their grams; the memory of one is used again for the next of another size.
    @Test(arguments: TextComparison.Instructions.available, [2, 4, 30])
    func longPairs(instructions: TextComparison.Instructions, letters: Int) {
        var random = SeededGenerator(seed: UInt64(100 + letters))
        var comparison = TextComparison(instructions)
        var compared = 0
        for _ in 0..<60 {
            let (a, b) = TextPairs.shuffled(letters: letters, &random)
            if expectEqual(&comparison, a, b, autojunk: false) { compared += 1 }
        }
        // Two letters repeat so much that some pairs are left to the other matcher.
        #expect(compared > (letters == 2 ? 5 : 55))
    }

    /// Popular elements at the borders of matches, alone between them, and at the corners of regions without a match.
    @Test(arguments: [3, 26, 60, 120])
    func pairsWithJunk(letters: Int) {
        var random = SeededGenerator(seed: UInt64(200 + letters))
        var comparison = TextComparison()
        for round in 0..<150 {
            let (a, b) =
                round.isMultiple(of: 2)
                ? TextPairs.shuffled(letters: letters, &random)
                : TextPairs.random(letters: letters, longest: 600, &random)
            #expect(expectEqual(&comparison, a, b, autojunk: true))
        }
    }

    /// Words of two letters that are not popular, with a letter between them that is: every word of the one text is a run with each of
    /// its like in the other. On both sides of as many runs as there is room for.
    @Test func runsThatFillTheirRoom() {
        var random = SeededGenerator(seed: 9)
        let letters = (33..<127).compactMap(Unicode.Scalar.init).map(String.init)
        func words(_ count: Int) -> String {
            (0..<count).map { _ in
                let word = Int.random(in: 0..<letters.count / 2, using: &random)
                return letters[2 * word] + letters[2 * word + 1] + " "
            }.joined()
        }
        var comparison = TextComparison()
        let expert = words(600)
        var taken: [Bool] = []
        for count in stride(from: 500, through: 700, by: 10) {
            taken.append(expectEqual(&comparison, words(count), expert, autojunk: true))
        }
        #expect(taken.first == true && taken.last == false, "\(taken)")
    }

    /// Long texts that share nothing long are searched for shorter runs, and want more memory than most.
    @Test(arguments: TextComparison.Instructions.available)
    func longPairsThatShareLittle(instructions: TextComparison.Instructions) {
        var random = SeededGenerator(seed: 5)
        var comparison = TextComparison(instructions)
        for letters in [40, 90] {
            let a = TextPairs.text(1300, letters: letters, &random)
            let b = TextPairs.text(1200, letters: letters, &random)
            #expect(expectEqual(&comparison, a, b, autojunk: false))
        }
    }

    @Test func codePointsBeyondASCII() {
        var random = SeededGenerator(seed: 6)
        var comparison = TextComparison()
        for _ in 0..<200 {
            let (a, b) = TextPairs.random(letters: 60, longest: 200, first: 0x3B0, &random)
            #expect(expectEqual(&comparison, a, b, autojunk: false))
        }
        #expect(expectEqual(&comparison, "e\u{301} \u{0}→👩‍👩‍👧", "é \u{0}→👩", autojunk: false))
        #expect(comparison.prepare("", autojunk: false) == 0)
        #expect(comparison.matched("") ?? (1, 1) == (0, 0))
        #expect(comparison.matched("ü") ?? (1, 0) == (0, 1))
    }

    /// What is not for this comparison, and that the matcher answers it all the same.
    @Test func leavesTheRestToTheOtherMatcher() {
        var random = SeededGenerator(seed: 8)
        var comparison = TextComparison()
        let many = TextPairs.text(1500, letters: 140, first: 0x4E00, &random)
        #expect(comparison.prepare(many, autojunk: false) == nil)
        #expect(comparison.prepare(String(repeating: "x", count: 65_536), autojunk: false) == nil)
        let same = String(repeating: "a", count: 4000)
        #expect(comparison.prepare(same, autojunk: false) == 4000)
        #expect(comparison.matched(same) == nil)
        #expect(comparison.matched(String(repeating: "b", count: 65_536)) == nil)
        for (a, b, ratio) in [(many, many, 1), (same, same, 1), ("b" + same, same, 8000.0 / 8001)] {
            var matcher = ScalarMatcher(expert: b, autojunk: false)
            #expect(matcher.ratio(of: a) == ratio)
            // And again, with what was made for the first.
            #expect(matcher.ratio(of: a) == ratio)
            #expect(matcher.ratio(of: "") == 0)
        }
    }

    /// Returns whether the comparison took the pair.
    private func expectEqual(_ comparison: inout TextComparison, _ a: String, _ b: String, autojunk: Bool) -> Bool {
        guard let expertCount = comparison.prepare(b, autojunk: autojunk), let found = comparison.matched(a) else {
            return false
        }
        let total = found.count + expertCount
        let ratio = total == 0 ? 1 : 2.0 * Double(found.matched) / Double(total)
        #expect(
            ratio == DifflibOracle(a, b, autojunk: autojunk).ratio(),
            "SequenceMatcher(None, \(a.debugDescription), \(b.debugDescription), \(autojunk))")
        return true
    }
}
