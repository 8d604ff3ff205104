import Foundation
import ServiceAPI
import Testing

/// SFT, SRL and then RLVR on one reward service, and the replay of what they did.
@Suite struct PhasesTests {
    private func train(_ service: RunningService) throws -> SmallTraining {
        let training = try SmallTraining()
        let grpo = "{groupSize: 4, sampling: {maximumTokens: 12}, dynamicSampling: {enabled: false}}"
        _ = try training.folder.write(
            """
            seed: 3
            data: {train: data.jsonl, heldOutFraction: 0.2}
            model:
              fresh: {hiddenSize: 32, intermediateSize: 64, layerCount: 2, headCount: 2, keyValueHeadCount: 1, maximumPositions: 64}
            reward: {urls: ["\(service.url)"]}
            evaluation: {interval: 2, instances: 8}
            checkpoints: {interval: 100}
            phases:
              - {method: sft, steps: 20, batchSize: 16, optimizer: {learningRate: 0.01}}
              - {method: srl, steps: 2, batchSize: 8, grpo: \(grpo)}
              - {method: rlvr, episode: stepwise, maximumSteps: 4, steps: 2, batchSize: 8, grpo: \(grpo)}

            """, to: "phases.yaml")
        let outcome = try Executable.trainer.run(
            ["train", "--config", "phases.yaml", "--output", "run"], in: training.folder.url)
        #expect(outcome.status == 0, "\(outcome.error)")
        return training
    }

    @Test func eachPhaseIsScoredByWhatGoesWithItAndCanBeReplayed() throws {
        let service = try RunningService(.reward)
        let training = try train(service)
        let lines = try String(contentsOfFile: training.path(of: "run/metrics.jsonl"), encoding: .utf8)
            .split(separator: "\n").map { try ServiceJSON.decode(JSONValue.self, from: Array($0.utf8)) }
        func fingerprint(_ line: JSONValue) -> String? {
            guard case .object(let members) = line, case .string(let text)? = members["rewardFingerprint"] else {
                return nil
            }
            return text
        }
        #expect(lines.count == 25)
        #expect(fingerprint(lines[22])?.hasPrefix("srl.similarity@") == true)
        #expect(fingerprint(lines[24])?.hasPrefix("math.verify@") == true)

        let replay = try Executable.trainer.run(["replay", "run"], in: training.folder.url)
        #expect(replay.status == 0, "\(replay.output)\(replay.error)")
        #expect(replay.output.contains("Repeating steps 23 to 24 of run, from checkpoints/step-22\n"))
        #expect(replay.output.contains("step 23 (rlvr, 32 rollouts): the same loss, gradientNorm, "))
        #expect(replay.output.contains("checkpoints/step-24: the same "))
        let whole = try Executable.trainer.run(["replay", "run", "--step", "22"], in: training.folder.url)
        #expect(whole.status == 0 && whole.output.contains("from checkpoints/step-20"))

        let outside = try Executable.trainer.run(["replay", "run", "--step", "25"], in: training.folder.url)
        #expect(outside.status == 64 && outside.error.contains("the run has the steps 1 to 24"))
    }
}
