package import ModelCore
import ServiceAPI
import Trajectory
import Zstandard

/// `rollouts/step-N.jsonl.zst`: every rollout of a step, those of dropped groups too, with all that is needed to score or train on it again.
package enum RolloutLog {
    /// One rollout, or one step of a stepwise episode.
    package struct Row: Codable, Sendable, Equatable {
        package let step: Int
        /// The trajectory's id and the 0-based step in it.
        package let trajectory: String
        package let trajectoryStep: Int
        package let sample: Int
        /// The 0-based step of a stepwise episode; absent elsewhere. The score is the episode's, on each of its steps.
        package let turn: Int?
        /// The text that the model read. Absent in files of older versions.
        package let prompt: String?
        package let expert: String
        /// Monologue and action, as the model wrote them.
        package let text: String
        /// What the reward servers were sent, where that is not the text.
        package let scored: String?
        package let tokens: [TokenID]
        package let logProbabilities: [Float]
        package let finish: FinishReason
        package let score: ItemScore
        /// Absent in a group that was dropped.
        package let advantage: Double?
        package let fingerprint: String?
    }

    static func file(of step: Int) -> String { "step-\(step).jsonl.zst" }

    /// The step of a file's name; nil for the name of another file.
    static func step(ofFile name: String) -> Int? {
        guard name.hasPrefix("step-"), name.hasSuffix(".jsonl.zst") else { return nil }
        return Int(name.dropFirst(5).dropLast(10))
    }

    static func write(
        _ groups: [RolloutGroup], step: Int, data: StepData, fingerprint: String?, to folder: String
    ) throws {
        let writer = try LineWriter(path: folder + "/" + file(of: step))
        for group in groups {
            for (sample, rollout) in group.rollouts.enumerated() {
                for (number, turn) in rollout.turns.enumerated() {
                    let completion = turn.completion
                    let row = Row(
                        step: step, trajectory: data.trajectories[group.instance.trajectory].id,
                        trajectoryStep: group.instance.step, sample: sample,
                        turn: data.episode == .stepwise ? number : nil, prompt: data.text(of: turn.prompt),
                        expert: data.target(of: group.instance), text: completion.text,
                        scored: rollout.text == completion.text ? nil : rollout.text, tokens: completion.tokens,
                        logProbabilities: completion.logProbabilities, finish: completion.finish,
                        score: group.scores[sample],
                        advantage: group.advantages.isEmpty ? nil : group.advantages[sample], fingerprint: fingerprint)
                    try writer.write(String(decoding: ServiceJSON.encode(row), as: UTF8.self))
                }
            }
        }
        try writer.commit()
    }

    /// Puts the rollouts of a step together again.
    ///
    /// - Parameter data: of the phase that the step belongs to.
    /// - Throws: ``TrainingError`` where the rows are of other data.
    static func groups(_ rows: [Row], data: StepData) throws(TrainingError) -> [RolloutGroup] {
        var instances: [String: [StepInstance]] = [:]
        for instance in data.instances {
            instances[data.trajectories[instance.trajectory].id, default: []].append(instance)
        }
        var groups: [RolloutGroup] = []
        var rollouts: [Rollout] = []
        var scores: [ItemScore] = []
        var current: StepInstance?
        func close() {
            guard let instance = current else { return }
            var group = RolloutGroup(instance: instance, rollouts: rollouts)
            group.scores = scores
            groups.append(group)
            (rollouts, scores) = ([], [])
        }
        var actions: [[TokenID]] = []
        for row in rows {
            guard let instance = instances[row.trajectory]?.first(where: { $0.step == row.trajectoryStep }) else {
                throw TrainingError(
                    .data,
                    "the rollouts of step \(row.step) are of trajectory \(row.trajectory), step \(row.trajectoryStep + 1), which the phase's data does not have"
                )
            }
            if row.sample == 0, row.turn ?? 0 == 0 {
                close()
                current = instance
            }
            if row.turn ?? 0 == 0 {
                actions = []
                rollouts.append(Rollout(turns: [], text: row.scored ?? row.text))
                scores.append(row.score)
            }
            guard let last = rollouts.indices.last else { continue }
            var prompt = RolloutPrompt(instance)
            prompt.actions = actions
            rollouts[last].turns.append(
                .init(
                    prompt: prompt,
                    completion: Completion(
                        tokens: row.tokens, logProbabilities: row.logProbabilities, text: row.text, finish: row.finish))
            )
            if row.turn != nil, case .action(_, let action) = Monologue.parse(row.text) {
                actions.append(data.stepTokens(action, number: actions.count + 1))
            }
        }
        close()
        return groups
    }

    /// Reads the rollouts of a step.
    package static func read(_ path: String) throws -> [Row] {
        let reader = try LineReader(path: path)
        var rows: [Row] = []
        while let line = try reader.next() {
            rows.append(try ServiceJSON.decode(Row.self, from: Array(line.text.utf8)))
        }
        return rows
    }
}
