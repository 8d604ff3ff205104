/// The prompt of one step instance as the model reads it, segment by segment, drawn for a person to look at.
package struct PromptListing: CustomStringConvertible {
    /// How parts are told apart where colours can be shown.
    package enum Part: Sendable {
        case label, template, context, target
    }

    private let rows: [(label: String, pieces: [PromptPiece])]

    /// - Parameter step: 0-based index into the trajectory's targets; must be one of them.
    package init(_ trajectory: ExpertTrajectory, template: PromptTemplate, options: InstanceOptions, step: Int) {
        let targets = trajectory.targets(template, options)
        let segments = trajectory.promptSegments(template, options, targets: targets, step: step)
        let steps = (options.firstContextStep(of: step)..<step).map { "step \($0 + 1)" }
        rows =
            Array(zip(["problem"] + steps + ["generation"], segments)) + [
                ("completion", template.completion(monologue: "..", action: targets[step]))
            ]
    }

    /// A line per line of text; `⏎` shows where the text has a line feed.
    package var description: String { lines { text, _ in text }.joined(separator: "\n") }

    /// The lines, each part of them as `styled` draws it.
    package func lines(styled: (String, Part) -> String) -> [String] {
        let width = rows.map(\.label.count).max() ?? 0
        return rows.flatMap { row in
            let isTarget = row.label == "completion"
            var lines = [""]
            for piece in row.pieces {
                let part = piece.isTemplate ? Part.template : isTarget ? .target : .context
                let texts = piece.text.split(separator: "\n", omittingEmptySubsequences: false)
                for (index, text) in texts.enumerated() {
                    let isEnded = index < texts.count - 1
                    let shown = text + (isEnded ? "⏎" : "")
                    if !shown.isEmpty { lines[lines.count - 1] += styled(String(shown), part) }
                    if isEnded { lines.append("") }
                }
            }
            if lines.count > 1, lines.last == "" { lines.removeLast() }
            return lines.enumerated().map { index, line in
                "  \(styled((index == 0 ? row.label : "").padded(right: width), .label)) │ \(line)"
            }
        }
    }
}
