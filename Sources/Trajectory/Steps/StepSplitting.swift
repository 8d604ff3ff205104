/// How the text of a solution is divided into steps.
public enum StepSplitting: String, Sendable, CaseIterable {
    /// By numbered steps: `1. **Title**: body`, `Step 1:`, `### Step 1`.
    case numbered
    /// By blank lines, outside of code.
    case paragraphs
    /// By lines, outside of code.
    case lines
}

/// A solution's text as steps, and what stood around them.
struct SplitSolution: Equatable {
    /// What stands before the first numbered step; nil where nothing does.
    var introduction: String?
    var steps: [String]
}

extension StepSplitting {
    /// Divides a text.
    ///
    /// - Throws: ``RowDrop`` when the text has no steps of this form.
    func split(_ text: String) throws(RowDrop) -> SplitSolution {
        let lines = TextLines(text)
        switch self {
        case .numbered: return try NumberedSteps.split(lines)
        case .paragraphs: return SplitSolution(steps: Self.paragraphs(lines))
        case .lines: return SplitSolution(steps: Self.lines(lines))
        }
    }

    /// Runs of lines between blank ones. A paragraph that begins with displayed mathematics or goes on in a list belongs to the one
    /// before it: it is the same sentence.
    private static func paragraphs(_ lines: TextLines) -> [String] {
        var paragraphs: [Range<Int>] = []
        var start: Int?
        for index in 0...lines.count {
            let isBreak = index == lines.count || lines.isBlank(index) && !lines.isInCode(index)
            if !isBreak {
                start = start ?? index
            } else if let first = start {
                if let last = paragraphs.last, lines.continues(first) {
                    paragraphs[paragraphs.count - 1] = last.lowerBound..<index
                } else {
                    paragraphs.append(first..<index)
                }
                start = nil
            }
        }
        return paragraphs.map { Monologue.trimmed(lines.text($0)) }
    }

    private static func lines(_ lines: TextLines) -> [String] {
        var steps: [Range<Int>] = []
        for index in 0..<lines.count where lines.isInCode(index) || !lines.isBlank(index) {
            if lines.isInCode(index), index > 0, lines.isInCode(index - 1), let last = steps.popLast() {
                steps.append(last.lowerBound..<(index + 1))
            } else {
                steps.append(index..<(index + 1))
            }
        }
        return steps.map { Monologue.trimmed(lines.text($0)) }.filter { !$0.isEmpty }
    }
}
