import Reward
import ServiceAPI
import ServiceKit

/// An explanation for a person at a terminal. Matching parts are coloured, or stand between marks where there is no colour.
struct ExplanationText {
    let hasColor: Bool
    let hasUnicode: Bool
    let width: Int
    /// The most blocks that are listed.
    var maximumBlocks = 12

    func lines(of response: ExplainResponse, function: String) -> [String] {
        var lines = score(response.score, function: function)
        for comparison in response.comparisons {
            lines.append("")
            lines += self.lines(of: comparison)
        }
        lines += ["", styled(response.fingerprint, .dim)]
        return lines
    }

    // MARK: The score

    private func score(_ score: ItemScore, function: String) -> [String] {
        switch score {
        case .error(let error): return ["\(styled("not scored", .red)) by \(function): \(error.code): \(error.message)"]
        case .formatViolation(let reward, let reason):
            return ["reward \(styled(number(reward), .bold)), \(function): a format violation, \(reason)"]
        case .scored(let reward, let components, let details):
            var lines = ["reward \(styled(number(reward), .bold)), \(function)"]
            let names = Set(components.keys).union(details.keys)
            let column = names.map(\.count).max() ?? 0
            func add(_ name: String, _ value: String) {
                lines.append("  \(name)\(String(repeating: " ", count: column - name.count))  \(value)")
            }
            for (name, value) in components.sorted(by: { $0.key < $1.key }) { add(name, number(value)) }
            for (name, value) in details.sorted(by: { $0.key < $1.key }) {
                let text = if case .string(let text) = value { text } else { value.canonicalText }
                add(name, VisibleText.excerpt(text, columns: max(20, width - column - 4), hasUnicode: hasUnicode))
            }
            return lines
        }
    }

    // MARK: A comparison

    private func lines(of comparison: SequenceComparison) -> [String] {
        let (action, expert) = (comparison.action, comparison.expert)
        let marks = hasColor ? nil : marks(for: comparison)
        var head = comparison.part.map { "\($0): " } ?? ""
        head +=
            "2M/T = 2 * \(comparison.matched) / (\(action.elements) + \(expert.elements)) = \(number(comparison.ratio))"
        head += ", in \(comparison.unit.plural)\(comparison.autojunk ? " with autojunk" : "")"
        var lines = [styled(head, .bold)]
        if let marks {
            lines.append("\(marks.open)between these\(marks.close) they match")
        } else {
            let colours = [styled("matching", .green), styled("blocks", .cyan)].joined(separator: " ")
            let rest = "\(styled("only in the action", .red)), \(styled("only in the expert step", .yellow))"
            lines.append("\(colours), \(rest)")
        }
        lines +=
            text(action, "action", difference: .red, marks) + text(expert, "expert step", difference: .yellow, marks)
        return lines + table(comparison)
    }

    private func text(
        _ text: ComparedText, _ title: String, difference: TerminalOutput.Style, _ marks: (open: String, close: String)?
    ) -> [String] {
        var styledText = StyledText(hasUnicode: hasUnicode)
        for segment in text.segments {
            let colour = segment.block.map { $0.isMultiple(of: 2) ? TerminalOutput.Style.green : .cyan }
            switch segment.kind {
            case .gap: styledText.append(segment.text)
            case .difference: styledText.append(segment.text, style: difference, marksSpace: true)
            case .match:
                if let marks { styledText.append(mark: marks.open) }
                // A match of nothing but white space would not be seen.
                let isBlank = segment.text.allSatisfy(\.isWhitespace)
                styledText.append(segment.text, style: colour, marksSpace: isBlank)
                if let marks { styledText.append(mark: marks.close) }
            }
        }
        let lines =
            text.segments.isEmpty
            ? [styled("(empty)", .dim)] : styledText.lines(width: max(20, width - 2), styled: styled)
        return ["", styled(title, .bold)] + lines.map { "  " + $0 }
    }

    /// Signs that neither text has in it, so that no one takes them for the text's own.
    private func marks(for comparison: SequenceComparison) -> (open: String, close: String) {
        let texts = (comparison.action.segments + comparison.expert.segments).map(\.text)
        let choices = [("[", "]"), ("{", "}"), ("<", ">"), ("[[", "]]"), ("{{", "}}"), ("<<", ">>")]
        let free = choices.first { open, close in !texts.contains { $0.contains(open) || $0.contains(close) } }
        return free.map { (open: $0.0, close: $0.1) } ?? (open: "[=", close: "=]")
    }

    // MARK: The blocks

    private func table(_ comparison: SequenceComparison) -> [String] {
        guard !comparison.blocks.isEmpty else { return ["", "Nothing matches."] }
        var texts: [Int: String] = [:]
        for segment in comparison.action.segments {
            if let block = segment.block { texts[block, default: ""] += segment.text }
        }
        // The longest ones, in their order.
        let shown = comparison.blocks.indices.sorted {
            (comparison.blocks[$1].count, $0) < (comparison.blocks[$0].count, $1)
        }.prefix(maximumBlocks).sorted()
        var table = TextTable([
            .init("block", .trailing), .init("action", .trailing), .init("expert", .trailing),
            .init("length", .trailing), .init("text"),
        ])
        for index in shown {
            let block = comparison.blocks[index]
            let text = VisibleText.excerpt(texts[index] ?? "", columns: max(16, width - 34), hasUnicode: hasUnicode)
            table.add(["\(index)", "\(block.action)", "\(block.expert)", "\(block.count)", "\"\(text)\""])
        }
        var lines = [""] + table.render(hasUnicode: hasUnicode).split(separator: "\n").map(String.init)
        let rest = comparison.blocks.indices.filter { !shown.contains($0) }
        if !rest.isEmpty {
            let count = rest.reduce(0) { $0 + comparison.blocks[$1].count }
            lines.append(
                "and \(rest.count) more, none longer, of \(count) \(comparison.unit.plural) together (--json has all)")
        }
        return lines
    }

    private func styled(_ text: String, _ style: TerminalOutput.Style) -> String {
        hasColor ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    private func number(_ value: Double) -> String { JSONValue.number(value).canonicalText }
}

extension SequenceComparison.Unit {
    fileprivate var plural: String {
        switch self {
        case .scalar: "characters"
        case .token: "tokens"
        case .word: "words"
        case .line: "lines"
        }
    }
}
