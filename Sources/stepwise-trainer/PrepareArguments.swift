import ArgumentParser
import Trajectory

/// How `prepare` reads a row.
struct PrepareReadingArguments: ParsableArguments {
    @Option(
        name: .customLong("field"),
        help: ArgumentHelp(
            "Where a row has what: problem, steps, answer, id or messages = a key, with dots into objects and lists.",
            valueName: "role=key"))
    var fields: [String] = []

    @Option(
        name: .customLong("metadata"),
        help: ArgumentHelp("A key of the row that is kept as metadata of the trajectory.", valueName: "key"))
    var metadata: [String] = []

    @Option(
        help: "How a solution's text becomes steps: numbered, paragraphs or lines. By the first rows, unless given.")
    var split: StepSplitting?

    @Option(help: "Text before the first numbered step: join it to that step, make it a step, or drop it.")
    var introduction: PreparationFormat.Introduction = .join

    @Flag(help: "Leave out the titles of steps, such as **Title**:.")
    var removeTitles = false

    @Option(
        help: """
            What of an agent's message is the step: its calls, the command in its fence, the message, or auto: calls where there are \
            any, the fence where every message has exactly one, else the message.
            """)
    var action: PreparationFormat.Action = .auto

    @Flag(help: "Put a conversation's system message before the problem.")
    var keepSystem = false

    @Flag(help: "Keep gsm8k's calculator annotations, such as <<48/2=24>>.")
    var keepCalculatorAnnotations = false

    func options() throws -> ReadingOptions {
        var options = ReadingOptions()
        options.fields = try RowFields(assignments: fields, metadata: metadata)
        options.splitting = split
        options.introduction = introduction
        options.keepsTitles = !removeTitles
        options.action = action
        options.keepsSystem = keepSystem
        options.keepsCalculatorAnnotations = keepCalculatorAnnotations
        return options
    }
}

/// Which rows `prepare` keeps.
struct PrepareChoosingArguments: ParsableArguments {
    @Option(help: "Stop after this many trajectories.")
    var limit: Int?

    @Flag(help: "Leave out rows that are not of the format, and count them, in place of stopping at the first.")
    var skipMalformed = false

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Keep only rows in which the key has this value, such as resolved=true.", valueName: "key=value"))
    var conditions: [String] = []

    @Option(help: "The fewest steps of a trajectory.")
    var minimumSteps = StepInstances.minimumSteps

    @Option(help: "The most steps of a trajectory.")
    var maximumSteps: Int?

    @Option(help: "The most characters of a problem.")
    var maximumProblemLength: Int?

    @Option(help: "The most characters of a step; a row with a longer one is left out.")
    var maximumStepLength: Int?

    @Option(help: "The most characters of an observation; a longer one loses its middle.")
    var maximumObservationLength: Int?

    @Flag(help: "Leave out rows without a final answer.")
    var requireAnswer = false

    @Option(
        help: """
            Which rows count as there already: those of the same problem, of the same trajectory (problem and steps), or none (keep). \
            trajectory for conversations and agents, else problem, unless given.
            """)
    var duplicates: PreparationOptions.Duplicates?

    @Option(help: "MiB that remembering rows for --duplicates may take.")
    var duplicateMemory = 256

    func validate() throws {
        for (name, value) in [
            ("limit", limit), ("maximum-steps", maximumSteps), ("maximum-problem-length", maximumProblemLength),
            ("maximum-step-length", maximumStepLength), ("maximum-observation-length", maximumObservationLength),
            ("duplicate-memory", duplicateMemory),
        ] {
            if let value, value < 1 { throw ValidationError("--\(name) must be at least 1, not \(value).") }
        }
        if minimumSteps < 0 { throw ValidationError("--minimum-steps must not be negative.") }
    }

    func options() throws -> PreparationOptions {
        var options = PreparationOptions(limit: limit, skipsMalformed: skipMalformed)
        options.minimumSteps = minimumSteps
        options.maximumSteps = maximumSteps
        options.maximumProblemLength = maximumProblemLength
        options.maximumStepLength = maximumStepLength
        options.maximumObservationLength = maximumObservationLength
        options.requiresAnswer = requireAnswer
        options.duplicates = duplicates
        options.duplicateMemory = duplicateMemory << 20
        try options.require(conditions)
        return options
    }
}

extension StepSplitting: ExpressibleByArgument {}
extension PreparationFormat.Introduction: ExpressibleByArgument {}
extension PreparationFormat.Action: ExpressibleByArgument {}
extension PreparationOptions.Duplicates: ExpressibleByArgument {}
