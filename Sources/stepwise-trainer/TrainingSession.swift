import Foundation
import Logging
import ServiceKit
import Training

/// A training run with its reward service, shown in the terminal.
struct TrainingSession: Sendable {
    let configuration: TrainerConfiguration
    let logger: Logger

    private var needsRewards: Bool {
        configuration.evaluation.interval > 0 || configuration.phases.contains { $0.method == .srl }
    }

    /// Finds out whether the data can be read and the reward service has the function.
    func check() async throws {
        _ = try TrainingData(configuration.data, seed: configuration.seed)
        guard needsRewards else { return }
        let client = try RemoteRewardClient(configuration.reward, logger: logger)
        do {
            try await client.check(configuration.reward)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    /// Trains to the end of the configuration.
    func train(in run: RunDirectory, resuming: Bool = false) async throws {
        let data = try TrainingData(configuration.data, seed: configuration.seed)
        let client = try RemoteRewardClient(configuration.reward, logger: logger)
        let display = TrainingDisplay(configuration, run: run)
        do {
            let trainer = try Training.Trainer(
                configuration, data: data, rewards: client, run: run, resuming: resuming, logger: logger,
                observer: display.show)
            try await trainer.train()
        } catch {
            await client.shutdown()
            let steps = run.checkpointSteps().last
            display.interrupt(
                steps.map {
                    "The last checkpoint is of step \($0). Continue with: stepwise-trainer train --resume \(run.path)"
                })
            throw error
        }
        await client.shutdown()
        display.finish()
    }
}
