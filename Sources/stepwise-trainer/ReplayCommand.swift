import ArgumentParser
import Foundation
import Logging
import ServiceKit
import Training

/// `stepwise-trainer replay`: makes the updates of a run again from its stored rollouts.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Repeat updates of a run from its stored rollouts, and say whether they give the same.",
        discussion: """
            Begins at the last checkpoint before the step and repeats every step up to it: SFT as it was, SRL and RLVR with the rollouts and \
            scores of rollouts/. No reward service is asked and nothing is written. Metrics are compared with metrics.jsonl, and \
            parameters with the step's checkpoint where there is one. Ends with 1 where something differs.

            Examples:
              stepwise-trainer replay runs/first
              stepwise-trainer replay runs/first --step 57
            """)

    @Argument(help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
    var run: String

    @Option(help: "The step to repeat. (default: that of the last checkpoint)")
    var step: Int?

    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        let logger = logging.start(label: "stepwise-trainer")
        let directory = try RunDirectory.open(run)
        let configuration = try StrictConfiguration.load(
            directory.configurationPath, as: TrainerConfiguration.self)
        try configuration.validate()
        let checkpoints = directory.checkpointSteps()
        guard let last = step ?? checkpoints.last else {
            throw CommandFailure(
                "\(run) has no checkpoint yet; say which step to repeat with --step", exitStatus: .usage)
        }
        guard last >= 1, last <= configuration.totalSteps else {
            throw CommandFailure(
                "--step is \(last), and the run has the steps 1 to \(configuration.totalSteps)", exitStatus: .usage)
        }
        let first = checkpoints.last { $0 < last } ?? 0
        let rewards = try RewardList(configuration.scoring, connector: .secured(logger: logger), logger: logger)
        let trainer: Training.Trainer
        do {
            trainer = try Training.Trainer(
                configuration, data: TrainingData(configuration.data, seed: configuration.seed), rewards: rewards,
                run: directory, replayed: first, logger: logger)
        } catch {
            await rewards.shutdown()
            throw error
        }
        let checkpoint = directory.checkpoint(at: last)
        print(
            "Repeating \(first + 1 == last ? "step \(last)" : "steps \(first + 1) to \(last)") of \(run), from \(first == 0 ? "the beginning" : "checkpoints/step-\(first)")"
        )
        var isSame = true
        do {
            isSame = try await Self.replay(trainer, through: last)
            if checkpoints.contains(last) {
                let parameters = try await trainer.compareParameters(withCheckpoint: checkpoint)
                isSame = isSame && parameters.differing == 0
                print(
                    parameters.differing == 0
                        ? "checkpoints/step-\(last): the same \(parameters.count) parameters, bit for bit"
                        : "checkpoints/step-\(last): \(parameters.differing) of \(parameters.count) parameters differ, by \(parameters.largestDifference) at most"
                )
            } else {
                print("There is no checkpoint of step \(last) to compare parameters with")
            }
        } catch {
            await trainer.close()
            throw error
        }
        await trainer.close()
        if !isSame { throw ExitCode.failure }
    }

    private static func replay(_ trainer: Training.Trainer, through last: Int) async throws -> Bool {
        let steps = try await trainer.replay(through: last)
        for step in steps { print(line(step)) }
        return steps.allSatisfy(\.differences.isEmpty)
    }

    private static func line(_ step: ReplayedStep) -> String {
        let work = step.method == .sft ? "sft" : "\(step.method.rawValue), \(step.rollouts) rollouts"
        guard !step.compared.isEmpty else {
            return "step \(step.step) (\(work)): repeated; metrics.jsonl has no line of it"
        }
        guard !step.differences.isEmpty else {
            return "step \(step.step) (\(work)): the same \(step.compared.joined(separator: ", "))"
        }
        let differences = step.differences.map {
            "\($0.metric) was \($0.recorded.map { "\($0)" } ?? "none") and is \($0.repeated.map { "\($0)" } ?? "none")"
        }
        return "step \(step.step) (\(work)): \(differences.joined(separator: "; "))"
    }
}
