import Foundation
import Logging
import ServiceKit
import Training

/// A training run with its reward service, shown in the terminal.
struct TrainingSession: Sendable {
    let configuration: TrainerConfiguration
    let logger: Logger
    /// Where the configuration comes from, when it may change while the run goes on.
    var file: RewardReloader.File?

    /// Begins a run at `path` and trains to the end of the configuration.
    ///
    /// All that can be wrong with data, model and reward service is said before anything is written there.
    ///
    /// - Parameter prepared: called once all is known to be right.
    func begin(at path: String, prepared: () -> Void = {}) async throws -> RunDirectory {
        let reserved = try RunDirectory.reserve(path)
        try await train(in: reserved, resuming: false) {
            _ = try RunDirectory.create(path, configuration: StrictConfiguration.yaml(of: configuration))
            prepared()
        }
        return reserved
    }

    /// Continues a run to the end of the configuration.
    func resume(_ run: RunDirectory) async throws { try await train(in: run, resuming: true) {} }

    private func train(in run: RunDirectory, resuming: Bool, prepare: () throws -> Void) async throws {
        let data = try TrainingData(configuration.data, seed: configuration.seed)
        let connector = RewardConnector.remote(logger: logger) { [logger] credentials, configuration in
            try credentials.apply(to: &configuration, logger: logger)
        }
        let rewards = try RewardList(configuration.reward, connector: connector, logger: logger)
        let reloader = file.map { file in
            RewardReloader(configuration, file: file, run: run, connector: connector, logger: logger)
        }
        let display = TrainingDisplay(configuration, run: run)
        let trainer: Training.Trainer
        do {
            trainer = try Training.Trainer(
                configuration, data: data, rewards: rewards, reloads: reloader, run: run, resuming: resuming,
                logger: logger, observer: display.show)
        } catch {
            await rewards.shutdown()
            throw error
        }
        do {
            try await trainer.check()
            // A service that is down for a moment must not keep a run from being resumed: training waits for it.
            if configuration.needsRewards, !resuming { _ = try await rewards.check() }
            try Task.checkCancellation()
            try prepare()
            try await Self.train(trainer, with: reloader)
        } catch {
            await trainer.close()
            await reloader?.close()
            let steps = run.checkpointSteps().last
            display.interrupt(
                steps.map {
                    "The last checkpoint is of step \($0). Continue with: stepwise-trainer train --resume \(run.path)"
                })
            throw error
        }
        await trainer.close()
        await reloader?.close()
        display.finish()
    }

    /// Trains, and meanwhile looks for another list of rewards.
    private static func train(_ trainer: Training.Trainer, with reloader: RewardReloader?) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let reloader { group.addTask { await reloader.watch() } }
            group.addTask {
                try await trainer.train()
                throw Finished()
            }
            defer { group.cancelAll() }
            do {
                for try await _ in group {}
            } catch is Finished {}
        }
    }

    /// Ends the watching.
    private struct Finished: Error {}
}
