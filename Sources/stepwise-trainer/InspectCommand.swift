import ArgumentParser
import Foundation
import ModelCore
import Trajectory

/// `stepwise-trainer inspect`: checks a trajectory file and shows what training makes of it.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Check a trajectory file and show a prompt as the model reads it.",
        discussion: """
            Reads the whole file, so that whatever is wrong with it is found here and not in training.

            Examples:
              stepwise-trainer inspect gsm8k.jsonl.zst
              stepwise-trainer inspect gsm8k.jsonl.zst --template chat --number 7 --step 2
              stepwise-trainer inspect gsm8k.jsonl.zst --template checkpoint --checkpoint Qwen2.5-0.5B-Instruct
            """)

    @Argument(help: "The trajectory file, plain or zstd-compressed.", completion: .file())
    var file: String

    @Option(help: "How prompts are laid out: \(PromptTemplate.named.keys.sorted().joined(separator: " or ")).")
    var template = "compact"

    @Option(
        help: "A checkpoint, folder or GGUF, whose chat template lays out the template checkpoint.", completion: .file()
    )
    var checkpoint: String?

    @Option(help: "The trajectory to show, by its number in the file, from 1.")
    var number = 1

    @Option(help: "The trajectory to show, by its id instead.")
    var id: String?

    @Option(help: "The step to show the prompt of, from 1. The last one, unless given.")
    var step: Int?

    func validate() throws {
        if PromptTemplate.named[template] == nil {
            let names = PromptTemplate.named.keys.sorted().joined(separator: " or ")
            throw ValidationError("There is no prompt template '\(template)'; choose \(names).")
        }
        guard (template == "checkpoint") == (checkpoint != nil) else {
            throw ValidationError("--template checkpoint and --checkpoint FOLDER-OR-GGUF go together.")
        }
    }

    func run() throws {
        guard var template = PromptTemplate.named[template] else { return }
        if let checkpoint {
            let tokenizer = try TokenizerLoading.load(checkpoint: checkpoint)
            template = try template.fitted(
                to: checkpoint, chatTemplate: tokenizer.chatTemplate, variables: tokenizer.chatTemplateVariables,
                isToken: { tokenizer.token(for: $0) != nil })
        }
        let options = InstanceOptions()
        let trajectories = try TrajectoryFile.read(file)
        let (instances, dropped) = StepInstances.make(from: trajectories, template: template, options: options)
        print(
            "\(file): \(trajectories.count) trajectories, \(instances.count) step instances, the answer steps included")
        if let first = dropped.first {
            print("  \(dropped.count) make no step instance, such as \(first.id): \(first.reason)")
        }
        let histogram = Histogram(counts: Dictionary(trajectories.map { ($0.steps.count, 1) }, uniquingKeysWith: +))
        if let summary = histogram.summary { print("\nSteps per trajectory: \(summary)") }
        for line in histogram.lines() { print(line) }

        let shown = try choose(from: trajectories)
        let targets = shown.targets(template, options)
        guard !targets.isEmpty else {
            return print("\n\(shown.id) has no steps and no answer to make a prompt of.")
        }
        let step = step ?? targets.count
        guard targets.indices.contains(step - 1) else {
            throw TrajectoryError(
                file: file,
                message: "\(shown.id) has no step \(step); it has \(targets.count), the answer step included")
        }
        let source = shown.metadata?["source"].map { ", from \($0)" } ?? ""
        print("\n\(shown.id)\(source): step \(step) of \(targets.count), template \(self.template)")
        print(PromptListing(shown, template: template, options: options, step: step - 1))
    }

    private func choose(from trajectories: [ExpertTrajectory]) throws -> ExpertTrajectory {
        if let id {
            guard let found = trajectories.first(where: { $0.id == id }) else {
                throw TrajectoryError(file: file, message: "there is no trajectory with the id \"\(id)\"")
            }
            return found
        }
        guard trajectories.indices.contains(number - 1) else {
            throw TrajectoryError(
                file: file, message: "there is no trajectory number \(number); there are \(trajectories.count)")
        }
        return trajectories[number - 1]
    }
}
