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
        subcommands: [ServeCommand.self, RunCommand.self, HealthCommand.self])

    static func main() async { await runReportingErrors() }
}

extension TrajectoryError: UserFacingError {
    public var exitStatus: ExitStatus { line == nil ? .missingInput : .invalidData }
}

extension CheckpointError: UserFacingError {
    public var exitStatus: ExitStatus { .invalidData }
}
