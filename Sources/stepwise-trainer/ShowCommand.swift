import ArgumentParser
import Foundation
import RunReport
import ServiceKit

/// `stepwise-trainer show`: what the model wrote in a step, in the terminal.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show rollouts of a step: prompt, monologue, action, expert step, score, advantage.",
        discussion: """
            What difflib finds in both the action and the expert step is coloured, unless NO_COLOR is set or the output is no terminal \
            (--color always for a pager).

            Examples:
              stepwise-trainer show runs/first
              stepwise-trainer show runs/first --step 60 --worst 5
              stepwise-trainer show runs/first --group gsm8k-cb287c4e84118f31/2
              stepwise-trainer show runs/first --all --color always | less -R
            """)

    @Argument(help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
    var folder: String

    @Option(help: "The step. (default: the last whose rollouts were kept)")
    var step: Int?

    @Option(help: ArgumentHelp("The rollouts with the highest rewards, so many.", valueName: "count"))
    var best: Int?

    @Option(help: ArgumentHelp("The rollouts with the lowest rewards, so many.", valueName: "count"))
    var worst: Int?

    @Option(
        help: ArgumentHelp(
            "The rollouts of a trajectory, or of one of its steps, from 1.", valueName: "trajectory[/step]"))
    var group: String?

    @Flag(help: "Only those that could not be scored.")
    var errors = false

    @Flag(help: "Only those that break the format.")
    var violations = false

    @Option(help: "How many are shown at most.")
    var limit = 20

    @Flag(help: "Show all, whatever --limit says.")
    var all = false

    @Option(help: "Colour: auto, always or never.")
    var color: ColorChoice = .auto

    func validate() throws {
        guard best == nil || worst == nil else { throw ValidationError("Give --best or --worst, not both.") }
        if let step, step < 0 { throw ValidationError("--step must be 0 or more, not \(step).") }
        for (name, value) in [("--best", best), ("--worst", worst), ("--limit", limit)] {
            if let value, value < 1 { throw ValidationError("\(name) must be at least 1, not \(value).") }
        }
    }

    func run() throws {
        let files = try RunFolder(path: folder)
        let step = try chosenStep(of: files)
        let records = try files.rollouts.read(step: step)
        let selection = try select(from: records)
        let count = best ?? worst ?? (all ? selection.count : limit)
        let shown = selection.prefix(count)

        let autojunk = try files.configuration()["reward.parameters.autojunk"] == "true"
        let printer = RolloutPrinter(
            hasColor: color.applies(to: TerminalOutput.standardOutput.capabilities), autojunk: autojunk)
        print(printer.summary(of: records, step: step, run: folder))
        for record in shown { print("\n" + printer.text(record)) }
        if selection.isEmpty { print("\nNone of them is what was asked for.") }
        if shown.count < selection.count, best == nil, worst == nil {
            print("\n\(selection.count - shown.count) more: --all, or a higher --limit")
        }
    }

    private func chosenStep(of files: RunFolder) throws -> Int {
        let steps = files.rollouts.steps()
        guard let last = steps.last else {
            throw CommandFailure(
                "\(folder) has no rollouts: no step of a phase that draws any is over, or 'rolloutLogInterval' is 0",
                exitStatus: .missingInput)
        }
        guard let step else { return last }
        guard !steps.contains(step) else { return step }
        let near = steps.sorted { (abs($0 - step), $0) < (abs($1 - step), $1) }.prefix(4).sorted()
        throw CommandFailure(
            """
            \(folder) has no rollouts of step \(step); of \(steps.count) steps from \(steps[0]) to \(last) that were kept \
            ('rolloutLogInterval') the nearest are \(near.map(String.init).joined(separator: ", "))
            """, exitStatus: .missingInput)
    }

    private func select(from records: [RolloutRecord]) throws -> [RolloutRecord] {
        var chosen = records
        if let group {
            chosen = records.filter { $0.trajectory == group || "\($0.trajectory)/\($0.trajectoryStep + 1)" == group }
            guard !chosen.isEmpty else {
                let example = records.first.map { ", such as \($0.trajectory)/\($0.trajectoryStep + 1)" } ?? ""
                throw CommandFailure(
                    "no rollout of this step is of '\(group)'; groups are named trajectory/step\(example)",
                    exitStatus: .failure)
            }
        }
        if errors || violations {
            chosen = chosen.filter { record in
                switch record.score {
                case .scored: false
                case .violation: violations
                case .error: errors
                }
            }
        }
        guard best != nil || worst != nil else { return chosen }
        // Of equal rewards in the order of the file: the sort is stable.
        return chosen.filter { $0.score.reward != nil }.enumerated().sorted { one, other in
            let (first, second) = (one.element.score.reward ?? 0, other.element.score.reward ?? 0)
            if first != second { return best != nil ? first > second : first < second }
            return one.offset < other.offset
        }.map(\.element)
    }
}
