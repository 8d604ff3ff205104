/// A token tree drawn for a person: the trunk downwards, with the tokens of each segment, and the targets that hang from it.
package struct TokenTreeListing {
    /// How parts are told apart where colours can be shown.
    package enum Part: Sendable {
        case context, target, note
    }

    private let tree: TokenTree
    private let width: Int
    private let styled: (String, Part) -> String

    /// - Parameters:
    ///   - width: columns of the terminal; longer texts are cut.
    ///   - styled: gives a part its colour.
    package init(_ tree: TokenTree, width: Int = 120, styled: @escaping (String, Part) -> String = { text, _ in text })
    {
        self.tree = tree
        self.width = width
        self.styled = styled
    }

    package var lines: [String] {
        let labelWidth = ((tree.steps.map(\.label) + tree.branches.map(\.label)).map(\.count).max() ?? 0) + 2
        let digits = max(6, String(tree.treeTokens).count)
        func padded(_ number: Int) -> String {
            let text = String(number)
            return String(repeating: " ", count: max(0, digits - text.count)) + text
        }
        func row(_ tokens: String, _ stem: String, _ label: String, _ text: String, _ part: Part) -> String {
            let labelled = label + String(repeating: " ", count: max(1, labelWidth - label.count))
            let head = "\(tokens) \(stem) \(labelled)"
            return head + styled(Self.line(text, width: max(20, width - head.count)), part)
        }
        var lines = [row(padded(tree.root.tokens), "│", "problem", tree.root.text, .context)]
        for (index, branch) in tree.branches.enumerated() {
            let isLast = index == tree.branches.count - 1
            lines.append(
                row(
                    String(repeating: " ", count: digits), "\(isLast ? "└" : "├")─▶ \(padded(branch.completionTokens))",
                    branch.label, branch.target, .target))
            if !isLast {
                lines.append(
                    row(
                        padded(tree.steps[index].tokens), "│", tree.steps[index].label, tree.steps[index].text, .context
                    ))
            }
        }
        return lines + [summary].map { styled($0, .note) }
    }

    private var summary: String {
        let marker = tree.branches.first?.markerTokens ?? 0
        var text =
            "\(tree.branches.count) targets: \(tree.treeTokens) tokens as a tree, \(tree.separateTokens) as sequences of their own"
        if tree.treeTokens > 0 {
            let tenths = (tree.separateTokens * 10 + tree.treeTokens / 2) / tree.treeTokens
            text += " (\(tenths / 10).\(tenths % 10) times as many)"
        }
        if marker > 0 { text += "; each target follows a marker of \(marker)" }
        if let window = tree.window {
            text += "; contexts are the problem and the last \(window) steps, and share what they begin with"
        }
        return text
    }

    /// A text on one line, cut where it is too long.
    static func line(_ text: String, width: Int) -> String {
        var line = ""
        var count = 0
        for character in text {
            guard count < width - 1 else { return line + "…" }
            line.append(character.isNewline ? "⏎" : character == "\t" ? " " : character)
            count += 1
        }
        return line
    }
}
