import Reward
import TestSupport
import Testing

@Suite struct ScalarMatcherTests {
    /// Few letters make many equally long matches, which is where the order of search decides.
    @Test(arguments: [1, 2, 3, 5, 26])
    func equalsDifflibOnRandomTexts(letters: Int) {
        var random = SeededGenerator(seed: UInt64(letters))
        var matcher = ScalarMatcher(expert: "", autojunk: false)
        for round in 0..<1500 {
            let (a, b) = texts(letters: letters, longest: round < 1400 ? 90 : 330, &random)
            matcher.setExpert(b)
            expectEqual(&matcher, a, b)
        }
    }

    /// Sets of columns that cross words, on both sides of 64 and 128.
    @Test func equalsDifflibAroundWordBorders() {
        var random = SeededGenerator(seed: 7)
        for length in [1, 63, 64, 65, 127, 128, 129, 191, 192, 193, 257] {
            for letters in [1, 2, 4, 60] {
                for _ in 0..<6 {
                    let b = text(length, letters: letters, &random)
                    let a = edited(b, &random)
                    var matcher = ScalarMatcher(expert: b, autojunk: false)
                    expectEqual(&matcher, a, b)
                    expectEqual(&matcher, text(length + 3, letters: letters, &random), b)
                }
            }
        }
    }

    /// An alphabet of 26 to 400 letters puts letters on both sides of the popularity limit.
    @Test(arguments: [1, 2, 26, 60, 100, 150, 400])
    func equalsDifflibWithAutojunk(letters: Int) {
        var random = SeededGenerator(seed: UInt64(1000 + letters))
        for _ in 0..<60 {
            let b = text(Int.random(in: 190...420, using: &random), letters: letters, &random)
            let a =
                Bool.random(using: &random)
                ? edited(b, &random) : text(Int.random(in: 0...420, using: &random), letters: letters, &random)
            var matcher = ScalarMatcher(expert: b, autojunk: true)
            expectEqual(&matcher, a, b)
        }
    }

    /// Long runs of one letter with faults between them are what the sliding search is for.
    @Test(arguments: [1, 2, 3, 7])
    func equalsDifflibOnPeriodsWithFaults(period: Int) {
        var random = SeededGenerator(seed: UInt64(50 + period))
        for _ in 0..<60 {
            let length = Int.random(in: 100...500, using: &random)
            let b = faulty(period: period, length: length, &random)
            let a =
                Bool.random(using: &random)
                ? faulty(period: period, length: length, &random)
                : faulty(period: period, length: length, faults: 0, &random)
            for autojunk in [false, true] {
                var matcher = ScalarMatcher(expert: b, autojunk: autojunk)
                expectEqual(&matcher, a, b)
            }
        }
    }

    @Test func knownValues() {
        var matcher = ScalarMatcher(expert: "", autojunk: false)
        #expect(matcher.ratio(of: "") == 1)
        #expect(matcher.ratio(of: "x") == 0)
        matcher.setExpert("bcde")
        #expect(matcher.ratio(of: "abcd") == 0.75)  // difflib's documentation
        matcher.setExpert("diet")
        #expect(matcher.ratio(of: "tide") == 0.25)  // the order matters: so in difflib's documentation
        matcher.setExpert("tide")
        #expect(matcher.ratio(of: "diet") == 0.5)
    }

    @Test func comparesCodePointsNotCharacters() {
        var matcher = ScalarMatcher(expert: "e\u{301}", autojunk: false)
        #expect(matcher.ratio(of: "\u{E9}") == 0)
        #expect(matcher.ratio(of: "e") == 2.0 / 3)
        matcher.setExpert("👩‍👩‍👧")
        #expect(matcher.ratio(of: "👩") == 2.0 / 6)
        matcher.setExpert("\r\n")
        #expect(matcher.ratio(of: "\n") == 2.0 / 3)
    }

    @Test func autojunkLooksAtTheExpertOnly() {
        let long = String(repeating: "ab", count: 150)
        var matcher = ScalarMatcher(expert: long, autojunk: true)
        #expect(matcher.ratio(of: long) == 1)  // no element starts a match, but the common prefix is taken
        #expect(matcher.ratio(of: "b" + long) == 0)
        matcher.setExpert("b" + String(repeating: "ab", count: 99))
        #expect(matcher.ratio(of: long) > 0.7)  // 199 elements
    }

    /// Finishing is the test: CPython takes hours for some of these.
    @Test func longTextsOfTheWorstKindsFinish() {
        var random = SeededGenerator(seed: 3)
        let length = 20_000
        let same = String(repeating: "a", count: length)
        let faulty = faulty(period: 1, length: length, &random)
        expectRatio(same, same, 1)
        expectRatio(same, String(same.dropLast(1000)), 2.0 * 19_000 / 39_000)
        expectRatio(
            String(repeating: "ab", count: length / 2), String(repeating: "ba", count: length / 2), 19_999.0 / 20_000)
        expectRatio(String(repeating: "ab", count: length / 2), String(repeating: "ac", count: length / 2), 0.5)
        for (a, b) in [
            (same, faulty), (faulty, same), (faulty, self.faulty(period: 1, length: length, &random)),
            (String(repeating: "ab", count: length / 2), String(repeating: "aabb", count: length / 4)),
            (text(length, letters: 2, &random), text(length, letters: 2, &random)),
            (text(length, letters: 26, &random), text(length, letters: 26, &random)),
            (text(length, letters: 5000, &random), text(length, letters: 5000, &random)),
        ] {
            for autojunk in [false, true] {
                var matcher = ScalarMatcher(expert: b, autojunk: autojunk)
                #expect((0...1).contains(matcher.ratio(of: a)))
            }
        }
    }

    private func expectRatio(_ a: String, _ b: String, _ expected: Double) {
        var matcher = ScalarMatcher(expert: b, autojunk: false)
        #expect(matcher.ratio(of: a) == expected)
    }

    /// Of the matcher, and of the one for pairs that are not of the usual kind, which short texts do not come to.
    private func expectEqual(_ matcher: inout ScalarMatcher, _ a: String, _ b: String) {
        let expected = DifflibOracle(a, b, autojunk: matcher.autojunk).ratio()
        #expect(matcher.ratio(of: a) == expected, "SequenceMatcher(None, \(a.debugDescription), \(b.debugDescription))")
        var general = GeneralScalarMatcher(expert: b, autojunk: matcher.autojunk)
        #expect(general.ratio(of: a) == expected, "SequenceMatcher(None, \(a.debugDescription), \(b.debugDescription))")
    }

    private func text(_ count: Int, letters: Int, _ random: inout SeededGenerator) -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<count {
            // From "a" on, past ASCII for large alphabets.
            guard let scalar = Unicode.Scalar(UInt32.random(in: 97..<UInt32(97 + letters), using: &random)) else {
                continue
            }
            scalars.append(scalar)
        }
        return String(scalars)
    }

    private func texts(letters: Int, longest: Int, _ random: inout SeededGenerator) -> (String, String) {
        let b = text(Int.random(in: 0...longest, using: &random), letters: letters, &random)
        if Bool.random(using: &random) { return (edited(b, &random), b) }
        return (text(Int.random(in: 0...longest, using: &random), letters: letters, &random), b)
    }

    private func edited(_ text: String, _ random: inout SeededGenerator) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0..<Int.random(in: 0...8, using: &random) where !scalars.isEmpty {
            let start = Int.random(in: 0..<scalars.count, using: &random)
            let end = min(scalars.count, start + Int.random(in: 0...9, using: &random))
            switch Int.random(in: 0..<3, using: &random) {
            case 0: scalars.removeSubrange(start..<end)
            case 1:
                scalars.insert(contentsOf: scalars[start..<end], at: Int.random(in: 0...scalars.count, using: &random))
            default: scalars[start] = "a"
            }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private func faulty(
        period: Int, length: Int, faults: Int? = nil, _ random: inout SeededGenerator
    ) -> String {
        let letters = Array("abcdefg".prefix(period))
        var characters = (0..<length).map { letters[$0 % period] }
        for _ in 0..<(faults ?? length / 80) {
            characters[Int.random(in: 0..<length, using: &random)] = Bool.random(using: &random) ? "x" : "y"
        }
        return String(characters)
    }
}
