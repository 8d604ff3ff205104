package import ModelCore
import ServiceAPI
import Trajectory
import Zstandard

/// `rollouts/step-N.jsonl.zst`: every rollout of a step, those of dropped groups too, with all that is needed to score or train on it again.
package enum RolloutLog {
    /// One rollout.
    package struct Row: Codable, Sendable, Equatable {
        package let step: Int
        /// The trajectory's id and the 0-based step in it.
        package let trajectory: String
        package let trajectoryStep: Int
        package let sample: Int
        /// The text that the model read. Absent in files of older versions.
        package let prompt: String?
        package let expert: String
        /// Monologue and action, as the model wrote them.
        package let text: String
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
            let prompt = data.prompt(of: group.instance)
            for (sample, completion) in group.completions.enumerated() {
                let row = Row(
                    step: step, trajectory: data.trajectories[group.instance.trajectory].id,
                    trajectoryStep: group.instance.step, sample: sample, prompt: prompt,
                    expert: data.target(of: group.instance), text: completion.text, tokens: completion.tokens,
                    logProbabilities: completion.logProbabilities,
                    finish: completion.finish, score: group.scores[sample],
                    advantage: group.advantages.isEmpty ? nil : group.advantages[sample], fingerprint: fingerprint)
                try writer.write(String(decoding: ServiceJSON.encode(row), as: UTF8.self))
            }
        }
        try writer.commit()
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
