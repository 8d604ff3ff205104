/// How somebody else's expert data is written.
public enum PreparationFormat: String, Sendable, CaseIterable {
    /// `question` and `answer`, a step a line, the last `#### 72`.
    case gsm8k
    /// A problem and a solution, as a text or as a list of steps: NuminaMath, s1K, and rows with names of one's own.
    case solutions
    /// PRM800K, and TRL's stepwise supervision.
    case prm800k
    /// Conversations: OpenAI's `messages`, ShareGPT's `conversations`.
    case messages
    /// SWE-agent's `.traj` files and SWE-smith's conversations.
    case sweAgent = "swe-agent"
    /// Trajectory files of our own.
    case trajectories

    /// What becomes of the text before the first numbered step.
    public enum Introduction: String, Sendable, CaseIterable {
        /// It goes to the first step.
        case join
        /// It is the first step.
        case step
        /// It is left out.
        case drop
    }

    /// What of an agent's message is the step.
    public enum Action: String, Sendable, CaseIterable {
        /// The calls where the conversation has any, the fenced command where every message has exactly one, else the message.
        case auto
        case calls, fence, message
    }
}

/// How rows are read, whichever their format.
public struct ReadingOptions: Sendable {
    /// Under which keys a row has what.
    public var fields = RowFields()
    /// How a solution's text is divided; nil decides by the first rows.
    public var splitting: StepSplitting?
    public var introduction = PreparationFormat.Introduction.join
    /// Whether steps keep their titles in bold.
    public var keepsTitles = true
    public var action = PreparationFormat.Action.auto
    /// Whether a conversation's system message belongs to the problem.
    public var keepsSystem = false
    /// Whether GSM8K's `<<48/2=24>>` stay.
    public var keepsCalculatorAnnotations = false

    public init() {}

    func importer(_ format: PreparationFormat, _ splitting: StepSplitting) -> any RowImporter {
        let solutions = SolutionImporter(
            fields: fields, splitting: splitting, introduction: introduction, keepsTitles: keepsTitles)
        let messages = MessagesImporter(
            fields: fields, solutions: solutions, action: action, keepsSystem: keepsSystem)
        switch format {
        case .gsm8k: return GSM8KImporter(keepsCalculatorAnnotations: keepsCalculatorAnnotations)
        case .solutions: return solutions
        case .prm800k: return StepLabelImporter()
        case .messages: return messages
        case .sweAgent: return AgentTrajectoryImporter(messages: messages)
        case .trajectories: return TrajectoryImporter()
        }
    }
}

/// Which rows become trajectories.
public struct PreparationOptions: Sendable {
    /// What counts as a row that was there already.
    public enum Duplicates: String, Sendable, CaseIterable {
        /// The same problem.
        case problem
        /// The same problem and steps.
        case trajectory
        /// Nothing.
        case keep
    }

    /// Stop after so many trajectories.
    public var limit: Int?
    /// Drops rows that are not of the format, and counts them, in place of stopping at the first.
    public var skipsMalformed: Bool
    public var minimumSteps = StepInstances.minimumSteps
    public var maximumSteps: Int?
    /// In Unicode scalars, as all lengths here.
    public var maximumProblemLength: Int?
    /// A row with a longer step is dropped.
    public var maximumStepLength: Int?
    /// A longer observation loses its middle: it is context and never a target.
    public var maximumObservationLength: Int?
    /// Drops rows without a final answer, which RLVR cannot use.
    public var requiresAnswer = false
    /// nil: agents may work on one problem several times, all else is told apart by its problem.
    public var duplicates: Duplicates?
    /// Bytes that remembering rows for `duplicates` may take.
    public var duplicateMemory = 256 << 20
    /// Keeps only rows that have these values.
    private(set) var conditions: [(path: FieldPath, value: String)] = []

    public init(limit: Int? = nil, skipsMalformed: Bool = false) {
        self.limit = limit
        self.skipsMalformed = skipsMalformed
    }

    /// Adds conditions from `path=value`, as the command line gives them.
    ///
    /// - Throws: `TrajectoryError` without a place, naming the text at fault.
    public mutating func require(_ texts: [String]) throws(TrajectoryError) {
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let path = FieldPath(parts[0]) else {
                throw TrajectoryError(message: "'\(text)' is no condition; write KEY=VALUE, such as resolved=true")
            }
            conditions.append((path, parts[1]))
        }
    }
}
