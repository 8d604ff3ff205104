import Foundation
import Logging
import ServiceKit
import Synchronization
import Training

/// Reads the section `reward` again when the configuration file is written and on SIGHUP. The new list is connected and asked beside the training,
/// which takes it up between two steps; where anything is wrong with it, the old one stays.
final class RewardReloader: RewardReloads {
    /// Where a configuration comes from.
    struct File: Sendable {
        let watch: FileWatch
        /// Reads it, with all that goes before it.
        let load: @Sendable () throws -> TrainerConfiguration
    }

    private struct State {
        /// What the run uses.
        var current: TrainerConfiguration
        /// What it is to use next.
        var next: RewardReload?
    }

    private let file: File
    private let run: RunDirectory
    private let connector: RewardConnector
    private let logger: Logger
    private let state: Mutex<State>

    init(
        _ configuration: TrainerConfiguration, file: File, run: RunDirectory, connector: RewardConnector, logger: Logger
    ) {
        self.file = file
        self.run = run
        self.connector = connector
        self.logger = logger
        state = Mutex(State(current: configuration))
    }

    // MARK: The run's side

    func take() -> RewardReload? {
        let (next, current) = state.withLock { ($0.next.take(), $0.current) }
        // What was being asked when the same list was taken up would be taken up twice.
        if let next, next.reason == .file, next.list.configuration == current.scoring {
            Task.detached { await next.list.shutdown() }
            return nil
        }
        return next
    }

    func keep(_ reload: RewardReload) throws {
        var current = state.withLock { $0.current }
        current.reward = reload.list.configuration
        // On a resume, the file that was changed is the run's own.
        if file.watch.path != run.configurationPath {
            try run.replaceConfiguration(StrictConfiguration.yaml(of: current))
        }
        state.withLock { [current] in $0.current = current }
    }

    // MARK: The file's side

    /// Watches until the task is cancelled.
    func watch() async {
        // One after the other: of two lists that are asked at the same time, the older one could come last.
        let (reasons, asking) = AsyncStream.makeStream(of: RewardChange.Reason.self)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [file] in await file.watch.run { asking.yield(.file) } }
            group.addTask { await onHangup { asking.yield(.signal) } }
            for await reason in reasons { await reload(reason) }
        }
    }

    /// Lets go of a list that no step has taken up.
    func close() async {
        await exchange(nil)
    }

    private func reload(_ reason: RewardChange.Reason) async {
        do {
            try await prepare(reason)
        } catch {
            guard !Task.isCancelled else { return }
            logger.error(
                "the rewards stay as they are: the new list cannot be used",
                metadata: ["reason": "\(reason.rawValue)", "cause": "\(ErrorReport.message(for: error))"])
        }
    }

    private func prepare(_ reason: RewardChange.Reason) async throws {
        let configuration = try file.load()
        try configuration.validate()
        let current = state.withLock { $0.current }
        let keys = try ConfigurationDifference.keys(from: current, to: configuration)
        let changed = keys.filter { $0.hasPrefix("reward.") }
        let others = keys.filter { !$0.hasPrefix("reward.") }
        if !others.isEmpty {
            logger.warning(
                "only 'reward' can change while a run goes on; what else has changed is not applied",
                metadata: ["file": "\(file.watch.path)", "notApplied": "\(others.joined(separator: ", "))"])
        }
        // What the run scores is as its own phases say.
        var applied = current
        applied.reward = configuration.reward
        try applied.validate()
        guard applied.needsRewards else { return }
        // SIGHUP asks the servers again even so: one behind the same URL may have been exchanged.
        if reason == .file, await isSettled(applied.scoring) { return }
        let list = try RewardList(applied.scoring, connector: connector, logger: logger)
        do {
            let fingerprints = try await list.check()
            logger.info(
                "the new rewards answer, and are used from the next step on",
                metadata: ["reason": "\(reason.rawValue)", "fingerprint": "\(list.fingerprint(fingerprints))"])
            await exchange(RewardReload(list: list, fingerprints: fingerprints, reason: reason, changed: changed))
        } catch {
            await list.shutdown()
            throw error
        }
    }

    /// Whether the run uses these rewards, or is to use them next; another list that no step has taken up is let go of.
    private func isSettled(_ reward: RewardConfiguration) async -> Bool {
        let (isSettled, old) = state.withLock { state -> (Bool, RewardReload?) in
            // This also keeps a list that SIGHUP asked for when the file is written without another one.
            if let next = state.next, next.list.configuration == reward { return (true, nil) }
            return state.current.scoring == reward ? (true, state.next.take()) : (false, nil)
        }
        await old?.list.shutdown()
        return isSettled
    }

    /// Puts a list in the place of one that no step has taken up yet.
    private func exchange(_ next: RewardReload?) async {
        let old = state.withLock { state in
            defer { state.next = next }
            return state.next
        }
        await old?.list.shutdown()
    }
}
