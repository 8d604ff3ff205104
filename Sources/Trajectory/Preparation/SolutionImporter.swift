/// Rows with a problem and a worked solution: a text that is divided into steps, or a list of steps.
///
/// Which keys they stand under, the caller says; else the first of the usual names that is there.
struct SolutionImporter: RowImporter {
    /// What becomes of the text before the first numbered step.
    typealias Introduction = PreparationFormat.Introduction

    var fields = RowFields()
    var splitting = StepSplitting.numbered
    var introduction = Introduction.join
    var keepsTitles = true

    let idPrefix = "solution"

    func read(_ row: DataValue) throws(RowFault) -> ImportedRow {
        try row.requireObject()
        let problem = try fields.text(.problem, of: row)
        let solution = try fields.value(.steps, of: row)
        var imported = ImportedRow(
            problem: problem.text, steps: [], problemField: problem.path.pointer, stepsField: solution.path.pointer)
        let text = try steps(of: solution, into: &imported)
        imported.answer = try answer(of: row, solution: text, at: solution.path)
        if let found = fields.optionalValue(.id, of: row)?.value.scalarText { imported.metadata["sourceId"] = found }
        for path in fields.metadata {
            if let text = path.value(in: row)?.scalarText { imported.metadata[path.description] = text }
        }
        return imported
    }

    /// Steps of a solution in one text, for rows of other formats that have one.
    func split(_ text: String, at field: String, into row: inout ImportedRow) throws(RowFault) {
        let split: SplitSolution
        do throws(RowDrop) { split = try splitting.split(text) } catch {
            throw .dropped(error.at(field).described(by: text))
        }
        var steps = split.steps
        if let text = split.introduction {
            switch introduction {
            case .join: steps[0] = text + "\n\n" + steps[0]
            case .step: steps.insert(text, at: 0)
            case .drop: row.notes[.introductionDropped] = 1
            }
        }
        set(steps, of: &row)
    }

    private func set(_ steps: [String], of row: inout ImportedRow) {
        row.steps = StatedAnswer.withoutStatement(steps)
        if row.steps != steps { row.notes[.answerStatementRemoved] = 1 }
        if !keepsTitles { row.steps = row.steps.map(Self.withoutTitle) }
    }

    /// - Returns: the whole solution as text, in which the answer is looked for.
    private func steps(
        of solution: (value: DataValue, path: FieldPath), into row: inout ImportedRow
    ) throws(RowFault) -> String {
        switch solution.value {
        case .string(let text):
            try split(text, at: solution.path.pointer, into: &row)
            return text
        case .array(let values):
            var steps: [String] = []
            for (index, value) in values.enumerated() {
                guard let text = Self.text(ofStep: value) else {
                    throw .malformed(
                        "\(solution.path.pointer)/\(index)",
                        "expected a string, or an object with one under \(Self.stepKeys.joined(separator: ", ")); found \(value.kind)"
                    )
                }
                steps.append(Monologue.trimmed(text))
            }
            set(steps, of: &row)
            return steps.joined(separator: "\n")
        default:
            throw .malformed(
                solution.path.pointer, "expected a string or an array of steps, found \(solution.value.kind)")
        }
    }

    private static let stepKeys = ["text", "content", "step", "value", "body"]

    private static func text(ofStep value: DataValue) -> String? {
        if let text = value.string { return text }
        return stepKeys.lazy.compactMap { value[$0]?.string }.first
    }

    private func answer(
        of row: DataValue, solution: String, at path: FieldPath
    ) throws(RowFault) -> String? {
        if let field = fields.optionalValue(.answer, of: row), field.path != path, !field.value.isNull {
            guard let text = field.value.scalarText else {
                // Only a field that was asked for has to be one.
                guard fields.isGiven(.answer) else { return Self.answer(in: solution) }
                throw .malformed(field.path.pointer, "expected a string or a number, found \(field.value.kind)")
            }
            if let answer = Self.answer(of: text) { return answer }
        }
        return Self.answer(in: solution)
    }

    /// The answer in a field of its own, which may be a whole solution.
    static func answer(of text: String) -> String? {
        if let stated = answer(in: text) { return stated }
        guard text.utf8.count <= 400, !text.contains(where: \.isNewline) else { return nil }
        let answer = PromptTemplate.normalizedAnswer(text)
        return answer.isEmpty ? nil : answer
    }

    /// The answer that a solution states.
    static func answer(in text: String) -> String? { StatedAnswer.marked(in: text) ?? StatedAnswer.boxed(in: text) }

    /// A step without its title in bold, unless it is nothing else.
    static func withoutTitle(_ step: String) -> String {
        guard step.hasPrefix("**"), let end = step.dropFirst(2).firstRange(of: "**") else { return step }
        let title = step.dropFirst(2)[..<end.lowerBound]
        guard !title.contains(where: \.isNewline) else { return step }
        let rest = step[end.upperBound...].drop { $0 == ":" || $0 == " " }
        let body = Monologue.trimmed(String(rest))
        return body.isEmpty ? step : body
    }
}

extension RowDrop {
    /// With the start of the text that had no steps, where nothing better is known.
    fileprivate func described(by text: String) -> RowDrop {
        RowDrop(reason, field: field, detail: detail ?? "starts \"\(text.prefix(60))\"")
    }
}
