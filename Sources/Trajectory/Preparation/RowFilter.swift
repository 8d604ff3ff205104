/// Drops rows that are no trajectories, or not of the kind that was asked for.
struct RowFilter {
    let options: PreparationOptions

    func check(_ row: inout ImportedRow) throws(RowFault) {
        if Monologue.trimmed(row.problem).isEmpty { throw .dropped(.emptyProblem, field: row.problemField) }
        if let index = row.steps.firstIndex(where: { Monologue.trimmed($0).isEmpty }) {
            throw .dropped(.emptyStep, field: row.stepsField, detail: "step \(index + 1)")
        }
        let count = row.steps.count
        guard count >= options.minimumSteps else {
            let reason =
                options.minimumSteps == StepInstances.minimumSteps ? DropReason.tooFewSteps : .fewerStepsThanAsked
            throw .dropped(reason, field: row.stepsField, detail: count == 1 ? "1 step" : "\(count) steps")
        }
        if let maximum = options.maximumSteps, count > maximum {
            throw .dropped(.tooManySteps, field: row.stepsField, detail: "\(count) steps")
        }
        if options.requiresAnswer, row.answer == nil {
            throw .dropped(
                .noStatedAnswer, field: row.stepsField, detail: row.steps.last.map { "ends \"\($0.suffix(50))\"" })
        }
        if let length = length(of: row.problem, above: options.maximumProblemLength) {
            throw .dropped(.problemTooLong, field: row.problemField, detail: "\(length.grouped) characters")
        }
        for (index, step) in row.steps.enumerated() {
            if let length = length(of: step, above: options.maximumStepLength) {
                throw .dropped(
                    .stepTooLong, field: row.stepsField, detail: "step \(index + 1) has \(length.grouped) characters")
            }
        }
        if let limit = options.maximumObservationLength, let observations = row.observations {
            row.observations = observations.map { text in
                guard let shortened = AgentAction.shortened(text, limit: limit) else { return text }
                row.notes[.observationShortened, default: 0] += 1
                return shortened
            }
        }
    }

    /// The length where it exceeds the maximum; nil where it does not.
    private func length(of text: String, above maximum: Int?) -> Int? {
        guard let maximum, text.utf8.count > maximum else { return nil }
        let count = text.unicodeScalars.count
        return count > maximum ? count : nil
    }
}
