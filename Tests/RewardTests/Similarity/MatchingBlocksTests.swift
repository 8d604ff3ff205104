import Reward
import TestSupport
import Testing

@Suite struct MatchingBlocksTests {
    struct Case: Sendable {
        let action: String
        let expert: String
        /// (i, j, n) as Python's `get_matching_blocks()` gives them, without the last.
        let blocks: [[Int]]
    }

    /// CPython 3.11's `SequenceMatcher(None, action, expert, autojunk=False).get_matching_blocks()`.
    @Test(arguments: [
        Case(action: "", expert: "", blocks: []),
        Case(action: "abc", expert: "", blocks: []),
        Case(action: "abxcd", expert: "abcd", blocks: [[0, 0, 2], [3, 2, 2]]),
        Case(action: "30+14+46-63", expert: "30+14-14+46-63", blocks: [[0, 0, 3], [3, 6, 8]]),
        Case(action: "qabxcd", expert: "abycdf", blocks: [[1, 0, 2], [4, 3, 2]]),
        Case(action: "x = 3", expert: "x = 2", blocks: [[0, 0, 4]]),
        Case(action: "aaaa", expert: "aa", blocks: [[0, 0, 2]]),
    ])
    func theyAreDifflibs(_ item: Case) {
        let blocks = MatchingBlocks.of(action: item.action, expert: item.expert)
        #expect(blocks.map { [$0.action.lowerBound, $0.expert.lowerBound, $0.action.count] } == item.blocks)
        #expect(blocks.allSatisfy { $0.action.count == $0.expert.count })
    }

    @Test(arguments: [false, true])
    func theirLengthsMakeTheRatio(autojunk: Bool) {
        var random = SeededGenerator(seed: 17)
        for _ in 0..<400 {
            let letters = Int.random(in: 1...12, using: &random)
            let (action, expert) = TextPairs.random(letters: letters, longest: 320, &random)
            let blocks = MatchingBlocks.of(action: action, expert: expert, autojunk: autojunk)
            let matched = blocks.reduce(0) { $0 + $1.action.count }
            let total = action.unicodeScalars.count + expert.unicodeScalars.count
            let ratio = DifflibOracle(action, expert, autojunk: autojunk).ratio()
            #expect((total == 0 ? 1 : 2.0 * Double(matched) / Double(total)) == ratio)
            let (first, second) = (Array(action.unicodeScalars), Array(expert.unicodeScalars))
            var end = (0, 0)
            for block in blocks {
                #expect(first[block.action] == second[block.expert])
                #expect(block.action.lowerBound >= end.0 && block.expert.lowerBound >= end.1)
                end = (block.action.upperBound, block.expert.upperBound)
            }
        }
    }

    @Test func wordsCanBeCompared() {
        let blocks = MatchingBlocks.of(action: ["the", "sum", "is", "3"], expert: ["a", "sum", "is", "4"])
        #expect(blocks == [.init(action: 1..<3, expert: 1..<3)])
    }
}
