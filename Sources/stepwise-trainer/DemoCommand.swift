import ArgumentParser
import Foundation
import Logging
import ServiceAPI
import ServiceKit
import Training
import Trajectory
import Transport

/// `stepwise-trainer demo`: the main job from end to end on a task that takes minutes.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Train base and SRL on seeded arithmetic, have both evaluated remotely, print the table.",
        discussion: """
            `make demo` starts the two services and runs this against them.

            Examples:
              stepwise-reward serve --port 8080 &
              stepwise-evaluator serve --port 8081 --checkpoint-root runs --benchmark-root runs --results runs/evaluations &
              stepwise-trainer demo --reward-url http://127.0.0.1:8080 --evaluator-url http://127.0.0.1:8081 \\
                --output runs/demo --shared-root runs
            """)

    @Option(help: "The reward service.")
    var rewardURL: String

    @Option(help: "The evaluator.")
    var evaluatorURL: String

    @Option(help: "The run directory, which the evaluator can read too.", completion: .directory)
    var output: String

    @Option(
        help: "The folder that the evaluator has as --checkpoint-root and --benchmark-root. (default: --output)",
        completion: .directory)
    var sharedRoot: String?

    @Option(help: "Determines task, model and rollouts.")
    var seed: UInt64 = 1

    @Flag(help: "A few steps of everything, to see that it works; nothing is learnt.")
    var quick = false

    @OptionGroup var security: ClientSecurityOptions
    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        let logger = logging.start(label: "stepwise-trainer")
        let plan = DemoPlan(seed: seed, quick: quick, output: output, rewardURL: rewardURL)
        var configuration = plan.configuration
        configuration.reward.tokenFile = security.credentials.tokenFile
        configuration.reward.tls = security.credentials.tls
        let session = TrainingSession(configuration: configuration, logger: logger)
        let evaluator = try RemoteEvaluation(
            url: evaluatorURL, credentials: security.credentials, root: sharedRoot ?? output, logger: logger)
        try await withInterruption {
            try plan.writeData()
            let begin = ContinuousClock.now
            let run = try await session.begin(at: plan.output) {
                print(plan.introduction)
                // Before the progress, in a pipe too.
                fflush(nil)
            }
            var table = TextTable([
                .init("model"), .init("greedy", .trailing), .init("", .leading),
                .init("Avg@\(plan.samples)", .trailing),
                .init("", .leading), .init("pass@\(plan.samples)", .trailing), .init("", .leading),
            ])
            for (name, step) in plan.checkpoints {
                let result = try await evaluator.evaluate(
                    plan.request, checkpoint: run.checkpoint(at: step), benchmark: plan.benchmark,
                    title: "evaluate \(name)")
                let greedy = result.greedy.map(Self.cells) ?? ["", ""]
                table.add([name] + greedy + Self.cells(result.averageAtK) + Self.cells(result.passAtK))
            }
            await evaluator.shutdown()
            let seconds = Int((ContinuousClock.now - begin) / .seconds(1))
            print(
                """

                \(plan.problems) held-out hard problems, stepwise episodes, 95% intervals over problems:

                \(table.render())

                Base has seen short sums only. SRL has then trained on long ones, with the similarity of its steps to the expert's as the only reward.
                \(seconds / 60) min \(seconds % 60) s. The run directory is \(plan.output): metrics.jsonl, rollouts/, checkpoints/ (Hugging Face folders).
                """)
        }
    }

    /// An estimate and its interval, in per cent.
    private static func cells(_ estimate: Estimate) -> [String] {
        func percent(_ value: Double) -> String { String(format: "%.1f", 100 * value) }
        return [percent(estimate.value) + "%", "[\(percent(estimate.low)), \(percent(estimate.high))]"]
    }
}
