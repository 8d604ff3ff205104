/// Rows whose solutions are lists of labelled steps: PRM800K's, and TRL's stepwise supervision (`prompt`, `completions`, `labels`).
///
/// Of PRM800K the steps are the chosen completions, and a person's where none was chosen. Only finished solutions are kept; a row with
/// a step that is labelled wrong is dropped, for the steps after it build on a mistake.
struct StepLabelImporter: RowImporter {
    let idPrefix = "prm800k"

    func read(_ row: DataValue) throws(RowFault) -> ImportedRow {
        try row.requireObject()
        return row["completions"] == nil ? try labelled(row) : try supervised(row)
    }

    private func labelled(_ row: DataValue) throws(RowFault) -> ImportedRow {
        guard let problem = row["question"]?["problem"]?.string else {
            throw .malformed("/question/problem", "expected a string")
        }
        guard let label = row["label"], let steps = label["steps"]?.array else {
            throw .malformed("/label/steps", "expected an array of steps")
        }
        if let reason = label["finish_reason"]?.string, reason != "solution" {
            throw .dropped(.unfinished, field: "/label/finish_reason", detail: reason)
        }
        var imported = ImportedRow(
            problem: problem, steps: [], problemField: "/question/problem", stepsField: "/label/steps")
        for (index, step) in steps.enumerated() {
            let field = "/label/steps/\(index)"
            let chosen: DataValue?
            if let text = step["chosen_completion"]?.scalarText, let number = Int(text) {
                guard let completions = step["completions"]?.array, completions.indices.contains(number) else {
                    throw .malformed(field + "/chosen_completion", "there is no completion \(number)")
                }
                chosen = completions[number]
                if let rating = chosen?["rating"]?.scalarText, let value = Double(rating), value < 0 {
                    throw .dropped(.wrongStep, field: "\(field)/completions/\(number)", detail: chosen?["text"]?.string)
                }
            } else {
                chosen = step["human_completion"]
            }
            guard let text = chosen?["text"]?.string else {
                throw .dropped(.unfinished, field: field, detail: "no completion was chosen")
            }
            imported.steps.append(Monologue.trimmed(text))
        }
        let stated = Self.takeAnswer(from: &imported.steps)
        imported.answer =
            row["question"]?["ground_truth_answer"]?.scalarText.flatMap(SolutionImporter.answer(of:)) ?? stated
        return imported
    }

    private func supervised(_ row: DataValue) throws(RowFault) -> ImportedRow {
        let problem = try row.requiredText("prompt")
        guard let completions = row["completions"]?.array else { throw .malformed("/completions", "expected an array") }
        guard let labels = row["labels"]?.array, labels.count == completions.count else {
            throw .malformed(
                "/labels", "expected an array with a label for each of the \(completions.count) completions")
        }
        var imported = ImportedRow(problem: problem, steps: [], problemField: "/prompt", stepsField: "/completions")
        for (index, (completion, label)) in zip(completions, labels).enumerated() {
            guard let text = completion.string else {
                throw .malformed("/completions/\(index)", "expected a string, found \(completion.kind)")
            }
            if ["false", "0", "-1", "-"].contains(label.scalarText ?? "") {
                throw .dropped(.wrongStep, field: "/completions/\(index)", detail: text)
            }
            imported.steps.append(Monologue.trimmed(text))
        }
        imported.answer = Self.takeAnswer(from: &imported.steps)
        return imported
    }

    /// The answer of the last step, and what states it taken off: `# Answer` and what follows, or as in any solution.
    private static func takeAnswer(from steps: inout [String]) -> String? {
        guard let last = steps.last else { return nil }
        if let heading = last.firstRange(of: "# Answer\n") {
            let answer = PromptTemplate.normalizedAnswer(String(last[heading.upperBound...]))
            let rest = Monologue.trimmed(String(last[..<heading.lowerBound]))
            steps.removeLast()
            if !rest.isEmpty { steps.append(rest) }
            return answer.isEmpty ? nil : answer
        }
        let answer = SolutionImporter.answer(in: last)
        steps = StatedAnswer.withoutStatement(steps)
        return answer
    }
}
