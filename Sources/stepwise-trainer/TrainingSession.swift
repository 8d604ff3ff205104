import Foundation
import Logging
import RunReport
import ServiceKit
import Training
import Trajectory

/// A training run with its reward service, shown in the terminal.
struct TrainingSession: Sendable {
    let configuration: TrainerConfiguration
    let logger: Logger
    /// Where the configuration comes from, when it may change while the run goes on.
    var file: RewardReloader.File?
    /// The port of a page that shows the run while it trains; 0 lets the system choose one.
    var dashboardPort: Int?

    /// Begins a run at `path` and trains to the end of the configuration.
    ///
    /// All that can be wrong with data, model and reward service is said before anything is written there.
    ///
    /// - Parameters:
    ///   - overwriting: a run that is there already is removed, once all is known to be right.
    ///   - prepared: called once all is known to be right.
    func begin(at path: String, overwriting: Bool = false, prepared: () -> Void = {}) async throws -> RunDirectory {
        let reserved = try RunDirectory.reserve(path, overwriting: overwriting)
        try await train(in: reserved, resuming: false) {
            _ = try RunDirectory.create(
                path, overwriting: overwriting, configuration: StrictConfiguration.yaml(of: configuration))
            prepared()
        }
        return reserved
    }

    /// Continues a run to the end of the configuration.
    func resume(_ run: RunDirectory) async throws {
        let lock = try run.lock()
        defer { withExtendedLifetime(lock) {} }
        try await train(in: run, resuming: true) {}
    }

    private func train(in run: RunDirectory, resuming: Bool, prepare: () throws -> Void) async throws {
        let recorder = RunRecorder(
            path: run.path, options: .init(tensorBoard: configuration.tensorBoard),
            warn: { [logger] in logger.warning("\($0)") })
        var dashboard: RunDashboard?
        if let dashboardPort {
            let started = try await RunDashboard(port: dashboardPort, recorder: recorder, logger: logger)
            TerminalOutput.standardError.writeLine("Dashboard: \(started.url)")
            dashboard = started
        }
        do {
            try await train(in: run, resuming: resuming, recorder: recorder, prepare: prepare)
        } catch {
            await recorder.finish()
            await dashboard?.shutdown()
            throw error
        }
        await recorder.finish()
        await dashboard?.shutdown()
    }

    private func train(
        in run: RunDirectory, resuming: Bool, recorder: RunRecorder, prepare: () throws -> Void
    ) async throws {
        var lock: RunLock?
        defer { withExtendedLifetime(lock) {} }
        let data = try TrainingData(configuration.data, seed: configuration.seed)
        let connector = RewardConnector.secured(logger: logger)
        let rewards = try RewardList(configuration.scoring, connector: connector, logger: logger)
        let reloader = file.map { file in
            RewardReloader(configuration, file: file, run: run, connector: connector, logger: logger)
        }
        let display = TrainingDisplay(configuration, run: run)
        let trainer: Training.Trainer
        do {
            trainer = try Training.Trainer(
                configuration, data: data, rewards: rewards, reloads: reloader, run: run, resuming: resuming,
                logger: logger,
                observer: { event in
                    display.show(event)
                    recorder.note(event)
                })
            recorder.describe(
                training: data.training.map(\.steps), problems: data.training.map(\.problem),
                heldOut: data.heldOut.count)
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
            // A new run's folder is there now.
            if !resuming { lock = try run.lock() }
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

extension RewardConnector {
    /// Connects with the tokens and certificates that the configuration names.
    static func secured(logger: Logger) -> RewardConnector {
        .remote(logger: logger) { credentials, configuration in
            try credentials.apply(to: &configuration, logger: logger)
        }
    }
}

extension RunRecorder {
    /// What of a trainer's events there is to keep.
    fileprivate nonisolated func note(_ event: TrainerEvent) {
        switch event {
        case .started(let completed, _, let parameters): began(afterStep: completed, parameters: parameters)
        case .finishedStep: finishedStep()
        case .checkpoint: wroteCheckpoint()
        case .dropped(let phase, let reasons): dropped(phase: phase, reasons)
        default: break
        }
    }
}
