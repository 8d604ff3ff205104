/// Why a row of expert data is left out.
public enum DropReason: String, Error, Sendable, Codable, CaseIterable {
    /// The line is not JSON, or a field is missing or of the wrong type. Only when the caller asked to skip such lines.
    case malformed
    case emptyProblem
    /// GSM8K: the solution does not end in its answer.
    case noAnswer
    case severalAnswers
    /// An answer was asked for, and the solution states none.
    case noStatedAnswer
    case noNumberedSteps
    case numbersOutOfOrder
    /// The list that is numbered is a part of a solution with sections.
    case listWithinSections
    case emptyStep
    case tooFewSteps
    case fewerStepsThanAsked
    case tooManySteps
    case problemTooLong
    case stepTooLong
    case repeatedProblem
    case repeatedTrajectory
    /// PRM800K: the annotators gave the problem up, or found an error and stopped.
    case unfinished
    case wrongStep
    case noAssistant
    case notText
    /// The row is not one of those asked for (`--where`).
    case notSelected
}

extension DropReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed: "malformed line"
        case .emptyProblem: "empty problem"
        case .noAnswer: "last line is not \"#### answer\""
        case .severalAnswers: "more than one \"####\" line"
        case .noStatedAnswer: "no final answer"
        case .noNumberedSteps: "no numbered steps"
        case .numbersOutOfOrder: "step numbers are not 1, 2, 3, .."
        case .listWithinSections: "a numbered list in one of several sections"
        case .emptyStep: "a step is empty"
        case .tooFewSteps: "fewer than \(StepInstances.minimumSteps) steps"
        case .fewerStepsThanAsked: "fewer steps than --minimum-steps"
        case .tooManySteps: "too many steps"
        case .problemTooLong: "problem too long"
        case .stepTooLong: "a step is too long"
        case .repeatedProblem: "same problem as an earlier row"
        case .repeatedTrajectory: "same problem and steps as an earlier row"
        case .unfinished: "solution not finished"
        case .wrongStep: "a step is labelled wrong"
        case .noAssistant: "no message of the assistant"
        case .notText: "a message is not text"
        case .notSelected: "not selected by --where"
        }
    }
}

/// A row that is left out: why, at which field, and what was found there.
struct RowDrop: Error, Equatable {
    var reason: DropReason
    /// JSON pointer within the row.
    var field: String?
    /// What was found, for a person.
    var detail: String?

    init(_ reason: DropReason, field: String? = nil, detail: String? = nil) {
        self.reason = reason
        self.field = field
        self.detail = detail
    }

    func at(_ field: String?) -> RowDrop { RowDrop(reason, field: self.field ?? field, detail: detail) }
}
