import RunReport
import Testing

@Suite struct MarkedTextTests {
    private func shown(_ text: MarkedText) -> String {
        text.pieces.map { $0.isMatched ? "[\($0.text)]" : $0.text }.joined()
    }

    @Test func whatBothHaveIsMarked() {
        let pair = MarkedText.pair(action: "30+14+46-63", expert: "30+14-14+46-63")
        #expect(shown(pair.action) == "[30+][14+46-63]")
        #expect(pair.expert.pieces.filter { !$0.isMatched }.map(\.text).joined().count == 3)
        let other = MarkedText.pair(action: "abc", expert: "xyz")
        #expect(shown(other.action) == "abc" && shown(other.expert) == "xyz")
        #expect(MarkedText.pair(action: "", expert: "").action.pieces.isEmpty)
    }

    /// By code points: a letter and its accent are two, as in Python.
    @Test func codePointsAreCut() {
        let pair = MarkedText.pair(action: "e\u{301}", expert: "e")
        #expect(pair.action.pieces.map(\.isMatched) == [true, false])
        #expect(pair.action.pieces.map(\.text.unicodeScalars.count) == [1, 1])
    }

    @Test func longTextsAreCutAndVeryLongOnesNotCompared() {
        let pair = MarkedText.pair(action: "abcdef", expert: "abcdef", limit: 4)
        #expect(shown(pair.action) == "[abcd]" && pair.action.omitted == 2)
        let long = String(repeating: "ab", count: 5000)
        #expect(MarkedText.pair(action: long, expert: "ab").expert.pieces.map(\.isMatched) == [false])
    }
}
