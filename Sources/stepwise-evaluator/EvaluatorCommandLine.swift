import ArgumentParser
import ModelCore
import ServiceKit
import Trajectory

/// The command line of `stepwise-evaluator`; each subcommand is a file of its own.
@main
struct EvaluatorCommandLine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stepwise-evaluator",
        abstract: "Judge checkpoints on problems with known answers: as a service, or here and now.",
        discussion: """
            Examples:
              stepwise-evaluator serve --checkpoint-root runs --benchmark-root data
              stepwise-evaluator run --checkpoint runs/first/checkpoints/step-400 --benchmark gsm8k-test.jsonl
              stepwise-evaluator health --url http://127.0.0.1:8081
            """,
        subcommands: [ServeCommand.self, RunCommand.self, HealthCommand.self])

    static func main() async { await runReportingErrors() }
}

extension TrajectoryError: UserFacingError {
    public var exitStatus: ExitStatus { line == nil ? .missingInput : .invalidData }
}

extension CheckpointError: UserFacingError {
    public var exitStatus: ExitStatus { .invalidData }
}

extension TokenizerError: UserFacingError {
    public var exitStatus: ExitStatus { .invalidData }
}

extension PromptTemplateError: UserFacingError {
    public var exitStatus: ExitStatus { .invalidData }
}
