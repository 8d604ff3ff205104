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
        let client = try RemoteRewardClient(configuration.reward, logger: logger)
        let display = TrainingDisplay(configuration, run: run)
        do {
            let trainer = try Training.Trainer(
                configuration, data: data, rewards: client, run: run, resuming: resuming, logger: logger,
                observer: display.show)
            try await trainer.check()
            // A service that is down for a moment must not keep a run from being resumed: training waits for it.
            if needsRewards, !resuming { try await client.check(configuration.reward) }
            try Task.checkCancellation()
            try prepare()
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
