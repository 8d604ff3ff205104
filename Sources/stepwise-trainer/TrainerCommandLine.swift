import ArgumentParser
import Foundation
import Logging
import ModelCore
import RunReport
import ServiceKit
import Training
import Trajectory
import Transport

/// The command line of `stepwise-trainer`; each subcommand is a file of its own.
@main
struct TrainerCommandLine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stepwise-trainer",
        abstract: "Teach small language models to reason step by step from expert solutions.",
        discussion: """
            Examples:
              stepwise-trainer prepare --format gsm8k train.jsonl -o gsm8k.jsonl.zst
              stepwise-trainer inspect gsm8k.jsonl.zst
              stepwise-trainer train --config services/trainer/gsm8k-tiny.yaml
            """,
        subcommands: [
            PrepareCommand.self, InspectCommand.self, ExportCommand.self, ConvertCommand.self, MergeCommand.self,
            TrainCommand.self, ReportCommand.self, ShowCommand.self, ReplayCommand.self, DemoCommand.self,
            RunHealthCommand.self,
        ])

    static func main() async { await runReportingErrors() }
}

extension TrajectoryError: UserFacingError {
    public var exitStatus: ExitStatus { line == nil ? .failure : .invalidData }
}

extension ReportError: UserFacingError {
    public var exitStatus: ExitStatus { line == nil ? .missingInput : .invalidData }
}

extension CheckpointError: UserFacingError {
    public var exitStatus: ExitStatus {
        switch systemError {
        // The disk is full or may not be written to: not the checkpoint's fault.
        case ENOSPC, EDQUOT, EFBIG, EROFS, EIO: .inputOutput
        default: .invalidData
        }
    }
}

extension TokenizerError: UserFacingError {
    public var exitStatus: ExitStatus { .invalidData }
}

extension PromptTemplateError: UserFacingError {
    public var exitStatus: ExitStatus { .invalidData }
}

extension TransportError: UserFacingError {
    public var exitStatus: ExitStatus { .unavailable }
}

extension TrainingError: UserFacingError {
    public var exitStatus: ExitStatus {
        switch kind {
        case .configuration: .configuration
        case .data: .invalidData
        case .runDirectory: .cannotCreate
        case .reward: .unavailable
        case .divergence: .failure
        case .memory: .configuration
        }
    }
}
