import ModelCore
import Testing
import Training
import Trajectory

@Suite struct TokenTreeListingTests {
    private let trajectory = ExpertTrajectory(id: "a", problem: "Two\nlines?", steps: ["one", "two"], answer: "2")

    private func tree(_ options: InstanceOptions = InstanceOptions()) -> TokenTree {
        TokenTree(trajectory, template: .compact, options: options, tokenizer: ByteTokenizer())
    }

    @Test func theTrunkGoesDownAndTargetsHangFromIt() {
        // 11 + 4 + 4 of the trunk, and of each completion its text, two tags and the end of the turn.
        #expect(
            TokenTreeListing(tree()).lines == [
                "    11 │ problem Two⏎lines?", "       ├─▶      6 step 1  one", "     4 │ step 1  one",
                "       ├─▶      6 step 2  two",
                "     4 │ step 2  two", "       └─▶      9 answer  #### 2",
                "3 targets: 40 tokens as a tree, 66 as sequences of their own (1.7 times as many)",
            ])
    }

    @Test func longTextsAreCutAndPartsCanBeColoured() {
        let lines = TokenTreeListing(tree(), width: 20).lines
        #expect(lines[0] == "    11 │ problem Two⏎lines?")
        let styled = TokenTreeListing(tree()) { text, part in part == .target ? "<\(text)>" : text }.lines
        #expect(styled[1].hasSuffix("<one>") && !styled[0].contains("<"))
        let long = ExpertTrajectory(id: "l", problem: String(repeating: "x", count: 500), steps: ["a", "b"])
        let listing = TokenTreeListing(
            TokenTree(long, template: .compact, options: .init(), tokenizer: ByteTokenizer()), width: 60)
        #expect(listing.lines[0].hasSuffix("xx…") && listing.lines[0].count <= 60)
    }

    @Test func aWindowIsSaid() {
        let lines = TokenTreeListing(tree(InstanceOptions(contextWindow: 1))).lines
        #expect(
            lines.last?.hasSuffix("; contexts are the problem and the last 1 steps, and share what they begin with")
                == true)
    }

    @Test func statisticsCountEveryInstance() {
        var statistics = TokenStatistics()
        statistics.add(tree())
        statistics.add(tree())
        #expect(statistics.trajectories == 2 && statistics.instances == 6)
        #expect(statistics.treeTokens == 80 && statistics.separateTokens == 132)
        let lines = statistics.lines
        #expect(lines[0] == "                       least   median      90%      99%     most")
        #expect(lines[2] == "  target                   3        3        6        6        6")
        #expect(lines[5] == "  all: 80 as trees, 132 as sequences of their own (1.7 times as many)")
        #expect(TokenStatistics().lines.isEmpty)
    }
}
