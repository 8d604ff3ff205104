/// The prompt of one step instance as the model reads it, segment by segment, drawn for a person to look at.
package struct PromptListing: CustomStringConvertible {
    private let rows: [(label: String, text: String)]

    /// - Parameter step: 0-based index into the trajectory's targets; must be one of them.
    package init(_ trajectory: ExpertTrajectory, template: PromptTemplate, options: InstanceOptions, step: Int) {
        let targets = trajectory.targets(template, options)
        let segments = template.segments(problem: trajectory.problem, steps: targets[..<step]).map(\.text)
        let steps = (0..<step).map { "step \($0 + 1)" }
        rows =
            Array(zip(["problem"] + steps + ["generation"], segments)) + [
                ("completion", template.completion(monologue: "..", action: targets[step]).text)
            ]
    }

    /// A line per line of text; `⏎` shows where the text has a line feed.
    package var description: String {
        let width = rows.map(\.label.count).max() ?? 0
        return rows.flatMap { row in
            var lines = row.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            for index in lines.indices.dropLast() { lines[index] += "⏎" }
            if lines.count > 1, lines.last == "" { lines.removeLast() }
            return lines.enumerated().map { index, line in
                "  \((index == 0 ? row.label : "").padded(right: width)) │ \(line)"
            }
        }.joined(separator: "\n")
    }
}
