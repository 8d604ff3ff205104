import ArgumentParser
import Foundation
import ModelCore
import ServiceKit
import Training
import Trajectory

/// `stepwise-trainer inspect`: checks a trajectory file and shows what training makes of it.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Check a trajectory file and show trajectories as the model reads them.",
        discussion: """
            Reads the whole file, so that whatever is wrong with it is found here and not in training. Then shows a trajectory as a tree of \
            tokens, whose trunk all of its prompts share, and one of the prompts.

            Examples:
              stepwise-trainer inspect gsm8k.jsonl.zst
              stepwise-trainer inspect gsm8k.jsonl.zst --template chat --number 7 --step 2
              stepwise-trainer inspect numina.jsonl.zst --sample 20 --show steps
              stepwise-trainer inspect gsm8k.jsonl.zst --template checkpoint --checkpoint Qwen2.5-0.5B-Instruct
            """)

    enum View: String, ExpressibleByArgument, CaseIterable {
        case all, tree, prompt, steps, none
    }

    @Argument(help: "The trajectory file, plain or zstd-compressed.", completion: .file())
    var file: String

    @Option(help: "How prompts are laid out: \(PromptTemplate.named.keys.sorted().joined(separator: " or ")).")
    var template = "compact"

    @Option(
        help:
            "A checkpoint, folder or GGUF, whose tokenizer counts, and whose chat template lays out the template checkpoint.",
        completion: .file())
    var checkpoint: String?

    @OptionGroup var instances: InstanceArguments

    @Option(help: "The trajectory to show, by its number in the file, from 1.")
    var number: Int?

    @Option(help: "The trajectory to show, by its id instead.")
    var id: String?

    @Option(help: "Show this many trajectories, drawn at random.")
    var sample: Int?

    @Option(help: "Chooses which are drawn. The same seed always draws the same.")
    var seed: UInt64 = 0

    @Option(help: "The step to show the prompt of, from 1. The last one, unless given.")
    var step: Int?

    @Option(help: "What of a trajectory: tree, prompt, both (all), steps for its texts in full, or none.")
    var show: View = .all

    @Option(help: "auto: colours on a terminal, unless NO_COLOR is set. Or always, or never.")
    var color: ColorChoice = .auto

    func validate() throws {
        if [number != nil, id != nil, sample != nil].filter({ $0 }).count > 1 {
            throw ValidationError(
                "--number, --id and --sample choose trajectories in different ways; give one of them.")
        }
        if let sample, sample < 1 { throw ValidationError("--sample must be at least 1, not \(sample).") }
    }

    func run() throws {
        let chosen = try PromptTemplate.chosen(template, checkpoint: checkpoint)
        let tokenizer = chosen.tokenizer ?? ByteTokenizer()
        let options = instances.options
        var statistics = TokenStatistics()
        var steps: [Int: Int] = [:]
        var dropped: (count: Int, first: String)?
        var choice = TrajectoryChoice(number: number, id: id, sample: sample, seed: seed)
        try TrajectoryFile.forEach(in: file) { trajectory in
            steps[trajectory.steps.count, default: 0] += 1
            let tree = TokenTree(trajectory, template: chosen.template, options: options, tokenizer: tokenizer)
            if trajectory.steps.count < StepInstances.minimumSteps {
                dropped = ((dropped?.count ?? 0) + 1, dropped?.first ?? trajectory.id)
            } else {
                statistics.add(tree)
            }
            choice.offer(trajectory)
        }
        let total = steps.values.reduce(0, +)
        print(
            "\(file): \(total) trajectories, \(statistics.instances) step instances"
                + (options.answerStep == .include ? ", the answer steps included" : ""))
        if let dropped {
            print("  \(dropped.count) make no step instance, such as \(dropped.first): \(DropReason.tooFewSteps)")
        }
        let histogram = Histogram(counts: steps)
        if let summary = histogram.summary { print("\nSteps per trajectory: \(summary)") }
        for line in histogram.lines() { print(line) }
        print("\nTokens, by \(checkpoint.map { "the tokenizer of \($0)" } ?? "bytes"):")
        for line in statistics.lines { print(line) }
        guard show != .none else { return }
        let display = TrajectoryDisplay(
            template: chosen.template, templateName: template, options: options, tokenizer: tokenizer, color: color)
        for trajectory in try choice.chosen(in: file, total: total) {
            try display.show(trajectory, view: show, step: step, file: file)
        }
    }
}
