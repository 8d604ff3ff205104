import Trajectory

/// How long problems, targets and prompts of a data set are, and what sharing their contexts saves.
package struct TokenStatistics: Sendable {
    package private(set) var trajectories = 0
    package private(set) var instances = 0
    package private(set) var treeTokens = 0
    package private(set) var separateTokens = 0
    private var problems: [Int: Int] = [:]
    private var targets: [Int: Int] = [:]
    private var prompts: [Int: Int] = [:]
    private var trees: [Int: Int] = [:]

    package init() {}

    package mutating func add(_ tree: TokenTree) {
        trajectories += 1
        instances += tree.branches.count
        treeTokens += tree.treeTokens
        separateTokens += tree.separateTokens
        problems[tree.root.tokens, default: 0] += 1
        trees[tree.treeTokens, default: 0] += 1
        for branch in tree.branches {
            targets[branch.targetTokens, default: 0] += 1
            prompts[branch.totalTokens, default: 0] += 1
        }
    }

    /// A table of lengths and a histogram of the longest that a model must read.
    package var lines: [String] {
        guard instances > 0 else { return [] }
        let rows = [
            ("problem", problems), ("target", targets), ("prompt and target", prompts), ("tree", trees),
        ].map { ($0, Histogram(counts: $1)) }
        let columns: [(String, (Histogram) -> Int?)] = [
            ("least", { $0.counts.keys.min() }), ("median", { $0.quantile(0.5) }), ("90%", { $0.quantile(0.9) }),
            ("99%", { $0.quantile(0.99) }), ("most", { $0.counts.keys.max() }),
        ]
        func padded(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let labels = rows.map(\.0.count).max() ?? 0
        var lines = ["  " + String(repeating: " ", count: labels) + columns.map { padded($0.0, 9) }.joined()]
        for (label, histogram) in rows {
            let cells = columns.map { padded($0.1(histogram).map(String.init) ?? "", 9) }.joined()
            lines.append("  " + label + String(repeating: " ", count: labels - label.count) + cells)
        }
        let tenths = (separateTokens * 10 + treeTokens / 2) / max(treeTokens, 1)
        lines.append(
            "  all: \(treeTokens) as trees, \(separateTokens) as sequences of their own (\(tenths / 10).\(tenths % 10) times as many)"
        )
        lines += ["", "Tokens of a prompt with its target:"] + Histogram(counts: prompts).lines(maximumRows: 12)
        return lines
    }
}
