import ArgumentParser
import Foundation
import ModelCore
import Trajectory

/// `stepwise-trainer export`: writes step instances as another trainer's data set.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write step instances as a data set of TRL, verl or OpenRLHF.",
        discussion: """
            Each row has the prompt of a step and the expert step as its label, which stepwise-reward scores behind those trainers: \
            docs/integrations has a page for each.

            Examples:
              stepwise-trainer export gsm8k.jsonl.zst --to trl -o steps.jsonl
              stepwise-trainer export gsm8k.jsonl.zst --to verl --rows answers -o answers.jsonl
              stepwise-trainer export swe.jsonl.zst --to openrlhf --context-window 2 --function agent.action -o steps.jsonl
            """)

    @Argument(help: "The trajectory file, plain or zstd-compressed.", completion: .file())
    var file: String

    @Option(help: "The trainer that is to read it: trl, verl or openrlhf.")
    var to: ExportTarget

    @Option(name: .shortAndLong, help: "The JSONL file to write; zstd-compressed when it ends in .zst.")
    var output: String

    @Option(help: "steps: a row for each step. answers: a row for each problem, with its final answer as the label.")
    var rows: ExportOptions.Rows = .steps

    @Option(help: "messages: the trainer lays the prompt out by the model's chat template. text: as our trainer would.")
    var prompt: ExportOptions.Prompt = .messages

    @Option(help: "How prompts are worded: \(PromptTemplate.named.keys.sorted().joined(separator: " or ")).")
    var template = "chat"

    @Option(
        help: "A checkpoint, folder or GGUF, whose chat template lays out the template checkpoint.", completion: .file()
    )
    var checkpoint: String?

    @OptionGroup var instances: InstanceArguments

    @Option(help: "The reward function that labels name; the service's, unless given (math.verify for answers).")
    var function: String?

    @Option(help: "The function's parameters, a JSON object.")
    var parameters: String?

    @Option(help: "What the rows are of, for verl and OpenRLHF. The file's name, unless given.")
    var dataSource: String?

    func validate() throws { try DistinctFiles.require([("the input", file), ("--output", output)]) }

    func run() throws {
        let name = URL(fileURLWithPath: file).lastPathComponent.split(separator: ".").first.map(String.init) ?? file
        let export = try InstanceExport(
            path: output,
            options: ExportOptions(
                target: to, rows: rows, prompt: prompt,
                template: try PromptTemplate.chosen(template, checkpoint: checkpoint).template,
                instances: instances.options, dataSource: dataSource ?? name, function: function, parameters: parameters
            ))
        try TrajectoryFile.forEach(in: file) { try export.write($0) }
        try export.commit()
        for (reason, drop) in export.dropped.sorted(by: { $0.key < $1.key }) {
            print("\(drop.count) trajectories give no row, such as \(drop.example): \(reason)")
        }
        print("Wrote \(export.count) rows of \(export.trajectories) trajectories to \(output)")
        if to == .verl { print("verl reads Parquet. Convert it with: \(Self.conversion(of: output))") }
    }

    /// As docs/integrations/verl.md has it.
    private static func conversion(of path: String) -> String {
        let plain = String(path.hasSuffix(".zst") ? path.dropLast(4) : path[...])
        let parquet = plain.replacing(/\.jsonl?$/, with: "") + ".parquet"
        return "python3 -c 'import datasets; datasets.load_dataset(\"json\", data_files=\"\(path)\", split=\"train\")"
            + ".to_parquet(\"\(parquet)\")'"
    }
}

/// Which steps are targets, and what they are shown.
struct InstanceArguments: ParsableArguments {
    @Option(help: "Whether the last step is a target: include or exclude.")
    var lastStep: InstanceOptions.Inclusion = .include

    @Option(help: "Whether the answer follows as a step of its own: include or exclude.")
    var answerStep: InstanceOptions.Inclusion = .include

    @Option(help: "How many steps before the target are context, with their observations. All, unless given.")
    var contextWindow: Int?

    var options: InstanceOptions {
        InstanceOptions(lastStep: lastStep, answerStep: answerStep, contextWindow: contextWindow)
    }

    func validate() throws {
        if let contextWindow, contextWindow < 1 {
            throw ValidationError("--context-window must be at least 1, not \(contextWindow).")
        }
    }
}

extension PromptTemplate {
    /// A template by its name, laid out by a checkpoint's chat template where it is `checkpoint`.
    ///
    /// - Returns: the template, and the checkpoint's tokenizer where there is one.
    static func chosen(
        _ name: String, checkpoint: String?
    ) throws -> (template: PromptTemplate, tokenizer: (any Tokenizer)?) {
        guard let template = named[name] else {
            throw ValidationError(
                "There is no prompt template '\(name)'; choose \(named.keys.sorted().joined(separator: " or ")).")
        }
        guard let checkpoint else {
            if name == "checkpoint" {
                throw ValidationError("--template checkpoint and --checkpoint FOLDER-OR-GGUF go together.")
            }
            return (template, nil)
        }
        let tokenizer = try TokenizerLoading.load(checkpoint: checkpoint)
        let fitted = try template.fitted(
            to: checkpoint, chatTemplate: tokenizer.chatTemplate, variables: tokenizer.chatTemplateVariables,
            isToken: { tokenizer.token(for: $0) != nil })
        return (fitted, tokenizer)
    }
}

extension ExportTarget: ExpressibleByArgument {}
extension ExportOptions.Rows: ExpressibleByArgument {}
extension ExportOptions.Prompt: ExpressibleByArgument {}
extension InstanceOptions.Inclusion: ExpressibleByArgument {}
