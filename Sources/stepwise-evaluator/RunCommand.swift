import ArgumentParser
import Evaluation
import Foundation
import ModelCore
import ServiceAPI
import ServiceKit

/// `stepwise-evaluator run`: the service's evaluation without the service.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Evaluate a checkpoint and print the table.",
        discussion: """
            Examples:
              stepwise-evaluator run --checkpoint runs/first/checkpoints/step-400 --benchmark gsm8k-test.jsonl
              stepwise-evaluator run --checkpoint c --benchmark b.jsonl --episode direct --samples 4 --output evaluations
            """)

    @Option(help: "The checkpoint folder.", completion: .directory)
    var checkpoint: String

    @Option(help: "The benchmark: JSONL, plain or zstd-compressed.", completion: .file())
    var benchmark: String

    @Option(help: "stepwise (a step at a time) or direct (the whole solution at once).")
    var episode: EvaluationRequest.Episode = .stepwise

    @Option(help: "The prompt template that the checkpoint was trained with.")
    var template = "compact"

    @Option(help: "Samples of each problem, for Avg@k and pass@k.")
    var samples = 8

    @Option(help: "The samples' temperature.")
    var temperature = 1.0

    @Option(name: .customLong("top-k"), help: "Draw the samples from the k likeliest tokens only.")
    var topK: Int?

    @Option(
        name: .customLong("top-p"),
        help: "Draw the samples from the likeliest tokens that have this probability together.")
    var topP: Double?

    @Option(
        name: .customLong("min-p"),
        help: "Draw the samples from tokens at least this fraction as likely as the likeliest.")
    var minP: Double?

    @Option(help: "Tokens of one completion.")
    var maximumTokens = 256

    @Option(help: "Steps of one episode.")
    var maximumSteps: Int?

    @Option(help: "The first problems only.")
    var limit: Int?

    @Option(help: "Determines the samples.")
    var seed: UInt64 = 0

    @Option(help: "Keep result and samples in a folder of their own in this one.", completion: .directory)
    var output: String?

    func run() async throws {
        let request = EvaluationRequest(
            checkpoint: checkpoint, benchmark: benchmark, episode: episode, template: template,
            sampling: EvaluationSampling(
                temperature: temperature, topK: topK, topP: topP, minP: minP, maximumTokens: maximumTokens),
            samplesPerProblem: samples, limit: limit, maximumSteps: maximumSteps, seed: seed)
        do {
            try request.validate(at: JSONPointer())
        } catch {
            throw CommandFailure("\(error.pointer ?? ""): \(error.detail ?? error.title)", exitStatus: .usage)
        }
        try await withInterruption { [output, checkpoint, benchmark] in
            let progress = ProgressDisplay(title: "evaluate", total: nil)
            defer { progress.finish() }
            let report = try await Evaluator().evaluate(
                request, id: UUID().uuidString.lowercased(), checkpoint: checkpoint, benchmark: benchmark
            ) { finished, total, tokens in
                progress.update(
                    completed: finished, fields: [("episodes", "\(finished)/\(total)"), ("tokens", "\(tokens)")])
            }
            progress.finish()
            if let output { print("Kept in \(try report.write(below: output))") }
            print(Self.table(report.result))
            if let advice = report.generation.advice {
                print(
                    "The checkpoint advises \(advice) (generation_config.json); samples are drawn as asked, not as advised."
                )
            }
        }
    }

    static func table(_ result: EvaluationResult) -> String {
        var table = TextTable([.init("measure"), .init("value", .trailing), .init("95% interval")])
        func add(_ name: String, _ estimate: Estimate) {
            func percent(_ value: Double) -> String { String(format: "%.1f", 100 * value) }
            table.add([name, percent(estimate.value) + "%", "[\(percent(estimate.low)), \(percent(estimate.high))]"])
        }
        if let greedy = result.greedy { add("greedy", greedy) }
        add("Avg@\(result.request.samplesPerProblem)", result.averageAtK)
        add("pass@\(result.request.samplesPerProblem)", result.passAtK)
        let failures = result.failures.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }
        return """
            \(table.render())

            \(result.problems) problems, \(result.request.episode.rawValue) episodes, graded by \(result.grader), \
            \(result.generatedTokens) tokens in \(String(format: "%.1f", result.seconds)) s
            Not correct: \(failures.isEmpty ? "none" : failures.joined(separator: ", "))
            """
    }
}

extension EvaluationRequest.Episode: ExpressibleByArgument {}
