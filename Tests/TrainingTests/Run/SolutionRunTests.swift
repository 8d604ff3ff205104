import Foundation
import ServiceAPI
import Testing
import Training

/// Phases whose rollouts are whole solutions: RLVR, and SRL's ablation.
@Suite struct SolutionRunTests {
    @Test func rlvrScoresTheFinalAnswersOfWholeSolutions() async throws {
        let small = try SmallRun()
        let rewards = RewardsByText()
        let rlvr = try await small.pretrained(small.policyPhase(.rlvr))
        let (run, lines, _) = try await rlvr.train("run", rewards: rewards)
        for line in lines {
            #expect(line.method == .rlvr && line.updates == 1 && line.turnsMean == nil)
            // One engine generates and trains, whole solutions too.
            #expect(try #require(line.firstRatioDeviation) < 1e-4)
            #expect(line.rewardFingerprint == "math.verify@test")
        }
        #expect(rewards.requests.allSatisfy { $0.function == "math.verify" && $0.parameters?["extraction"] != nil })
        for group in rewards.requests.flatMap(\.groups) {
            let lines = group.expert.split(separator: "\n")
            #expect(lines.count >= 2 && lines.last?.hasPrefix("#### ") == true)
        }
        let rows = try RolloutLog.read(run.path + "/rollouts/step-1.jsonl.zst")
        #expect(rows.count == 24 && rows.allSatisfy { $0.turn == nil })
        // What has no monologue is sent with an empty one: all of it is action.
        let plain = rows.filter { !$0.text.contains("<think>") }
        #expect(!plain.isEmpty && plain.allSatisfy { $0.scored == "<think></think>" + $0.text })
    }

    @Test func stepwiseEpisodesAreTrainedOnAsTheyWereDrawn() async throws {
        let small = try SmallRun()
        let rewards = RewardsByText()
        let rlvr = try await small.pretrained(
            small.policyPhase(.rlvr, episode: .stepwise), learning: .step, steps: 80)
        let (run, lines, _) = try await rlvr.train("run", rewards: rewards)
        for line in lines {
            #expect(try #require(line.turnsMean) > 1.2)
            #expect(try #require(line.firstRatioDeviation) < 1e-4)
            #expect(line.rollouts == 24 && line.updates == 1)
        }
        let rows = try RolloutLog.read(run.path + "/rollouts/step-1.jsonl.zst")
        let episodes = Dictionary(grouping: rows) { "\($0.trajectory) \($0.sample)" }
        #expect(episodes.count == 24)
        for rows in episodes.values {
            #expect(rows.map(\.turn) == Array(0..<rows.count) && rows.count <= 4)
            #expect(Set(rows.map(\.advantage)).count == 1)
        }
    }

    @Test func wholeSolutionsCanBeComparedWithTheExperts() async throws {
        let small = try SmallRun()
        let rewards = RewardsByText()
        let run = try await small.pretrained(small.policyPhase(.srl, episode: .direct))
        let lines = try await run.train("run", rewards: rewards).lines
        #expect(lines.map(\.method) == [.srl, .srl])
        #expect(rewards.requests.allSatisfy { $0.function == "srl.trajectory" && $0.parameters == nil })
    }

    @Test func oneRunScoresStepsAndThenAnswers() async throws {
        var small = try SmallRun()
        small.configuration.phases = [
            small.configuration.phases[0], small.policyPhase(.srl), small.policyPhase(.rlvr, episode: .stepwise),
        ]
        small.configuration.evaluation.interval = 1
        let rewards = RewardsByText()
        let (run, lines, parameters) = try await small.train("whole", rewards: rewards)
        #expect(lines.map(\.step) == Array(0...16))
        #expect(
            lines[13].rewardFingerprint == "srl.similarity@test" && lines[16].rewardFingerprint == "math.verify@test")
        #expect(lines.allSatisfy { $0.rewardChanges == nil })
        // Held-out steps are scored as steps, in every phase.
        #expect(lines.allSatisfy { $0.heldOut != nil && $0.heldOut?.episode == nil })

        // A run that is continued within a phase, and before one, ends in the same weights.
        for step in [15, 14] {
            for later in run.checkpointSteps() where later > step {
                try FileManager.default.removeItem(atPath: run.checkpoint(at: later))
            }
            let resumed = try small.trainer(run, rewards: rewards, resuming: true)
            try await resumed.train()
            #expect(await resumed.parameters() == parameters)
        }
    }

    @Test func aRunOfAnswersAloneIsEvaluatedOnAnswers() async throws {
        let small = try SmallRun()
        var rlvr = try await small.pretrained(small.policyPhase(.rlvr))
        rlvr.configuration.evaluation.interval = 2
        let rewards = RewardsByText()
        let lines = try await rlvr.train("run", rewards: rewards).lines
        #expect(lines[0].heldOut?.episode == .direct && lines[0].heldOut?.instances != 0)
        #expect(rewards.requests.allSatisfy { $0.function == "math.verify" })
    }

    @Test func rewardsOfBothKindsAreAddedUpByWeight() async throws {
        let small = try SmallRun()
        var run = try await small.pretrained(small.policyPhase(.rlvr))
        run.configuration.reward = RewardConfiguration(servers: [
            RewardServer(urls: ["http://a"], function: "srl.similarity", scores: [.step]),
            RewardServer(urls: ["http://a"], function: "math.verify", scores: [.answer]),
            RewardServer(weight: 0.25, urls: ["http://a"], function: "srl.trajectory", scores: [.answer]),
        ])
        let rewards = RewardsByText()
        let lines = try await run.train("run", rewards: rewards).lines
        let parts = try #require(lines[0].rewardParts)
        #expect(parts.keys.sorted() == ["math.verify", "srl.trajectory"])
        // Both say the same here, so that the sum is 1.25 of each.
        let mean = try #require(parts["math.verify"]?.mean)
        #expect(abs(try #require(lines[0].rewardMean) - 1.25 * mean) < 1e-12)
        #expect(lines[0].rewardFingerprint == "1*math.verify@test + 0.25*srl.trajectory@test")
    }

    @Test func theGroupsRewardsDecideWhateverTheOrderOfReplies() async throws {
        let small = try SmallRun()
        var phase = small.policyPhase { $0.dynamicSampling = DynamicSampling(maximumDraws: 2) }
        // More than two parts of a batch.
        phase.batchSize = 40
        let run = try await small.pretrained(phase)
        let quick = try await run.train("quick")
        let slow = try await run.train(
            "slow", rewards: RewardsByText(delay: { .milliseconds($0 % 3 == 0 ? 60 : 5) }))
        #expect(quick.parameters == slow.parameters)
        #expect(quick.lines.map(\.rewardMean) == slow.lines.map(\.rewardMean))
    }
}
