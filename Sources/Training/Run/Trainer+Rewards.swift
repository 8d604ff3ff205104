import Foundation
import Logging

/// What a run knows of its rewards, beside the list itself.
struct RewardWatch {
    /// The fingerprint of each source of the list, as it last answered; nil before it has.
    var known: [String?] = []
    /// Changes that no line of the metrics has yet.
    var changes: [RewardChange] = []
    /// The run was continued with another list: what answers first is what was asked for.
    var acceptsNext = false
}

extension Trainer {
    /// Compares the list with the one that the run was left with, and writes it down.
    func beginRewards() throws {
        let path = run.rewardsPath
        let record = try RewardRecord.read(from: path)
        watch.known = .init(repeating: nil, count: rewards.sources.count)
        var change: RewardChange?
        let sources = rewards.sources.map(\.identity)
        if let record, record.sources == sources {
            change = record.change
        } else if record != nil, let before = state.fingerprint {
            change = RewardChange(step: state.step + 1, reason: .resume, before: before, after: nil)
        }
        // Since the last checkpoint: where a line of the metrics had it, that was taken back. Or before it, and nothing was scored until then.
        if var again = change, again.after == nil || again.step > state.step {
            again.step = state.step + 1
            watch.changes = [again]
            watch.acceptsNext = again.after == nil
            if let after = again.after { state.fingerprint = after }
            // What each use had belongs to the old list.
            state.fingerprints = nil
        }
        let next = RewardRecord(sources: sources, change: change)
        if next != record { try next.write(to: path) }
    }

    /// Takes up another list, if there is one; called between steps.
    func adoptReload() throws {
        guard let reload = reloads?.take() else { return }
        let after = reload.list.fingerprint(reload.fingerprints)
        let change = RewardChange(
            step: state.step + 1, reason: reload.reason, before: state.fingerprint, after: after,
            changed: reload.changed)
        do {
            try keep(reload, as: change)
        } catch {
            // With what cannot be continued the run does not go on.
            logger.error(
                "the rewards stay as they are: the new list could not be written down", metadata: ["error": "\(error)"])
            Task.detached { await reload.list.shutdown() }
            return
        }
        let old = rewards
        rewards = reload.list
        // Reports of two candidates must not be mixed.
        if old.configuration.mirror == reload.list.configuration.mirror {
            addMirrored(old.mirror?.giveUp())
        } else {
            mirrored = nil
        }
        watch.known = reload.fingerprints
        watch.changes.append(change)
        watch.acceptsNext = false
        state.fingerprint = after
        state.fingerprints = nil
        if reload.list.distinguishesUses {
            for use in RewardUse.allCases where reload.list.sources.contains(where: { $0.serves(use) }) {
                state.remember(reload.list.fingerprint(reload.fingerprints, for: use), of: use, in: reload.list)
            }
            state.fingerprint = after
        }
        Task.detached { await old.shutdown() }
        logger.notice(
            "the rewards have been reloaded",
            metadata: [
                "step": "\(change.step)", "reason": "\(change.reason.rawValue)", "before": "\(change.before ?? "none")",
                "after": "\(after)",
                "changed": "\(change.changed.isEmpty ? "nothing" : change.changed.joined(separator: ", "))",
            ])
    }

    /// Writes a list down for a later resume: whole, or not at all.
    private func keep(_ reload: RewardReload, as change: RewardChange) throws {
        let path = run.rewardsPath
        let old = try RewardRecord.read(from: path)
        try RewardRecord(sources: reload.list.sources.map(\.identity), change: change).write(to: path)
        do {
            try reloads?.keep(reload)
        } catch {
            // A record of another list than the configuration's would be a change that nobody made.
            if let old {
                try old.write(to: path)
            } else {
                try FileManager.default.removeItem(atPath: path)
            }
            throw error
        }
    }

    /// Looks at the fingerprints that came with scores.
    ///
    /// - Parameters:
    ///   - use: what was scored.
    ///   - step: the step that the scores are for, or that was evaluated.
    ///   - state: that of this step.
    /// - Throws: ``TrainingError`` when one has changed, nobody asked for it, and the configuration does not let it pass; `FileError` when what
    ///   was asked for cannot be written down.
    func note(_ scores: RewardList.Scores, of use: RewardUse, step: Int, state: inout TrainerState) throws {
        var isAnnounced = true
        var other: String?
        var place = ""
        for (index, part) in scores.parts.enumerated() {
            for sighting in part.sightings {
                if let known = watch.known[index], known != sighting.fingerprint {
                    isAnnounced = false
                    var fingerprints = watch.known.map { $0 ?? "" }
                    fingerprints[index] = sighting.fingerprint
                    other = rewards.fingerprint(fingerprints, for: use)
                    place = Self.place(of: rewards.sources[index], sighting, among: rewards.sources.count)
                }
                watch.known[index] = sighting.fingerprint
            }
        }
        let now = rewards.fingerprint(watch.known.map { $0 ?? "" }, for: use)
        let before = state.fingerprint(of: use, in: rewards)
        let mayChange = rewards.configuration.fingerprintChange == .continue
        // Replicas that differ are not what was asked for.
        if watch.acceptsNext, isAnnounced || mayChange {
            watch.acceptsNext = false
            state.remember(now, of: use, in: rewards)
            if let last = watch.changes.indices.last {
                watch.changes[last].step = step
                watch.changes[last].after = now
                // Else a later resume would let another one pass.
                try RewardRecord(sources: rewards.sources.map(\.identity), change: watch.changes[last]).write(
                    to: run.rewardsPath)
            }
            logger.notice(
                "the run goes on with other rewards than it was left with",
                metadata: ["step": "\(step)", "before": "\(before ?? "none")", "after": "\(now)"])
            if isAnnounced { return }
        }
        // Nothing is known of single sources after a resume, but the sum is.
        if let before, before != now { isAnnounced = false }
        guard !isAnnounced else {
            state.remember(now, of: use, in: rewards)
            return
        }
        guard mayChange else {
            throw TrainingError(
                .reward,
                """
                the reward has another fingerprint in step \(step), and nobody has changed the list\(place): it was \
                \(before ?? "none"), and is \(other ?? now). No score of it was used. If that is meant, continue with 'fingerprintChange: continue' \
                below 'reward' in \(run.configurationPath); else put the old server back
                """)
        }
        state.remember(now, of: use, in: rewards)
        logger.warning(
            "the reward has another fingerprint, and nobody has changed the list",
            metadata: ["step": "\(step)", "before": "\(before ?? "none")", "after": "\(now)"])
        watch.changes.append(
            RewardChange(step: step, reason: .unannounced, before: before, after: now))
    }

    private static func place(
        of source: RewardSource, _ sighting: SourceScoring.Sighting, among count: Int
    ) -> String {
        let name = count > 1 ? " of '\(source.name)'" : ""
        guard let server = sighting.server else { return name.isEmpty ? "" : " (\(name.dropFirst()))" }
        return " (\(server)\(name) answers so)"
    }

    /// What the metrics of a step say of the rewards themselves.
    func describeRewards(in metrics: inout StepMetrics) {
        // One that nothing has been scored by yet has no fingerprint to tell.
        let known = watch.changes.filter { $0.after != nil }
        if !known.isEmpty { metrics.rewardChanges = known }
        watch.changes.removeAll { $0.after != nil }
        addMirrored(rewards.mirror?.takeReport())
        metrics.mirror = mirrored.take()
    }

    private func addMirrored(_ report: MirrorReport?) {
        guard let report else { return }
        var sum = mirrored ?? MirrorReport()
        sum.add(report)
        mirrored = sum
    }

    /// Says how the candidate has done over the whole run, what a resumed one did before included.
    func reportMirror() throws {
        let reports = try run.metrics().compactMap(\.mirror)
        guard !reports.isEmpty else { return }
        let last = reports.last { $0.fingerprint != nil }?.fingerprint
        var total = MirrorReport()
        // There may have been other candidates before.
        for report in reports where report.fingerprint == nil || report.fingerprint == last { total.add(report) }
        observe(.mirrored(total))
    }
}
