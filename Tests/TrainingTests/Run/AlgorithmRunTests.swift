import ModelCore
import ServiceAPI
import Testing
import Training

/// The options of GRPO in whole steps of a run.
@Suite struct AlgorithmRunTests {
    private func lines(_ change: @escaping (inout GRPOConfiguration) -> Void) async throws -> [StepMetrics] {
        let small = try SmallRun()
        return try await small.pretrained(small.policyPhase(.srl, change)).train("run").lines
    }

    @Test func severalUpdatesLeaveTheOldPolicyAndTheFirstDoesNot() async throws {
        let lines = try await lines {
            $0.updatesPerBatch = 2
            $0.minibatches = 3
        }
        for line in lines {
            #expect(line.updates == 6 && line.skippedUpdates == nil)
            #expect(try #require(line.firstRatioDeviation) < 1e-4)
            #expect(try #require(line.ratioMaximum) > 1.0005)
            #expect(try #require(line.approximateKL) > 1e-8)
            let clipped = try #require(line.clipFractionLow) + #require(line.clipFractionHigh)
            #expect(abs(try #require(line.clipFraction) - clipped) < 1e-12)
        }
    }

    @Test func oneUpdateHasNothingButRatioOne() async throws {
        for line in try await lines({ _ in }) {
            #expect(line.updates == 1 && line.clipFraction == 0)
            #expect(abs(try #require(line.ratioMean) - 1) < 1e-5)
            #expect(try #require(line.approximateKL) < 1e-8)
            #expect(line.fillRate == 1 && line.draws == 1 && line.truncatedShare != nil)
            #expect(try #require(line.rewardComponents?["bytes"]) > 0)
            let idle = try #require(line.idle)
            for share in [idle.rollout, idle.scoring, idle.update] { #expect((0...1).contains(share)) }
        }
    }

    @Test func anEntropyBonusRaisesEntropy() async throws {
        func entropyAfter(_ coefficient: Double) async throws -> Double {
            let lines = try await lines {
                $0.entropyCoefficient = coefficient
                $0.updatesPerBatch = 8
            }
            return try #require(lines.last?.entropy)
        }
        let (lower, none, higher) = (
            try await entropyAfter(-0.5), try await entropyAfter(0), try await entropyAfter(0.5)
        )
        #expect(lower < none && none < higher)
    }

    @Test(arguments: KLPlacement.allCases)
    func aPenaltyIsMeasuredWhereverItGoes(placement: KLPlacement) async throws {
        let lines = try await lines {
            $0.klCoefficient = 0.1
            $0.klPlacement = placement
        }
        // The reference is the model at the beginning.
        #expect(try #require(lines[0].kl) < 1e-6)
        #expect(try #require(lines[1].kl) > 1e-6)
    }

    /// How far the advantages of a step lie from those of the rewards alone, with what `shaping` adds to each.
    private func distance(
        step: Int, _ change: @escaping (inout GRPOConfiguration) -> Void,
        shaping: (RolloutLog.Row) -> Double = { _ in 0 }
    ) async throws -> Double {
        let small = try SmallRun()
        let run = try await small.pretrained(small.policyPhase(.srl, change)).train("run").run
        let rows = try RolloutLog.read("\(run.path)/rollouts/step-\(step).jsonl.zst")
        try #require(rows.count == 24)
        let groups = stride(from: 0, to: rows.count, by: 4).map { Array(rows[$0..<$0 + 4]) }
        let expected = GroupAdvantage().advantages(
            of: groups.map { group in group.map { row in row.score.reward.map { $0 + shaping(row) } } })
        return zip(rows, expected.joined()).reduce(0) { max($0, abs(($1.0.advantage ?? 0) - ($1.1 ?? 0))) }
    }

    @Test func aPenaltyIsInTheAdvantagesWhereItIsToBe() async throws {
        let overlong = Overlong(bufferTokens: 5)
        let tooLong: (inout GRPOConfiguration) -> Void = {
            $0.sampling.maximumTokens = 6
            $0.overlong = overlong
        }
        #expect(
            try await distance(step: 1, tooLong) { overlong.penalty(length: $0.tokens.count, maximum: 6) } < 1e-9)
        #expect(try await distance(step: 1, tooLong) > 1e-3)
        for (placement, isShaped) in [(KLPlacement.reward, true), (.loss, false)] {
            // From the second step on the model is another than the reference.
            let distance = try await distance(step: 2) {
                $0.klCoefficient = 10
                $0.klPlacement = placement
            }
            #expect(isShaped ? distance > 1e-4 : distance < 1e-9, "\(placement): \(distance)")
        }
    }

    @Test func rolloutsAtAnotherPrecisionAreCorrected() async throws {
        let raw = try await lines { $0.rolloutWeights = .bfloat16 }
        #expect(try #require(raw[0].firstRatioDeviation) > 1e-4)
        #expect(raw[0].rolloutRatioMaximum == nil)
        let corrected = try await lines {
            $0.rolloutWeights = .bfloat16
            $0.rolloutCorrection = RolloutCorrection(mode: .tokenTruncate, cap: 1.0001)
        }
        // The old policy is the one that is trained, and the difference is in the weights.
        #expect(try #require(corrected[0].firstRatioDeviation) < 1e-5)
        #expect(try #require(corrected[0].rolloutRatioMaximum) > 1.0001)
        #expect(try #require(corrected[0].rolloutCappedShare) > 0)
        #expect(abs(try #require(corrected[0].rolloutRatioMean) - 1) < 0.05)
    }

    @Test func sequenceRatiosTrainToo() async throws {
        let lines = try await lines {
            $0.importanceSamplingLevel = .sequence
            $0.lossAggregation = .sequenceMean
            $0.updatesPerBatch = 3
        }
        #expect(try #require(lines[0].firstRatioDeviation) < 1e-4 && #require(lines[0].ratioMaximum) > 1)
    }

    @Test func whatIsTooLongLosesRewardOrIsMasked() async throws {
        let penalised = try await lines {
            $0.sampling.maximumTokens = 6
            $0.overlong = Overlong(bufferTokens: 5)
        }
        #expect(try #require(penalised[0].overlongPenalty) < 0)
        var trained: [StepMetrics] = []
        for isMasked in [false, true] {
            let lines = try await lines {
                $0.sampling.maximumTokens = 5
                $0.overlong = Overlong(maskTruncated: isMasked)
            }
            trained.append(lines[0])
        }
        // The same rollouts; those that were cut off are not trained on.
        #expect(trained[0].truncated == trained[1].truncated && trained[0].rewardMean == trained[1].rewardMean)
        #expect(try #require(trained[0].truncatedShare) > 0)
        #expect(try #require(trained[1].trainedTokens) < #require(trained[0].trainedTokens))
    }

    @Test func withoutDynamicSamplingInstancesAreDrawnOnce() async throws {
        let small = try SmallRun()
        let flat = RewardsByText { _, _ in 0.5 }
        let off = try await small.pretrained(small.policyPhase()).train("off", rewards: flat).lines
        #expect(
            off.map(\.draws) == [1, 1] && off.map(\.groupsKept) == [6, 6] && off.map(\.zeroDeviationShare) == [1, 1])
        var on = try SmallRun()
        on = try await on.pretrained(on.policyPhase { $0.dynamicSampling = DynamicSampling(maximumDraws: 3) })
        let lines = try await on.train("on", rewards: flat).lines
        #expect(lines.map(\.draws) == [3, 3] && lines.map(\.fillRate) == [0, 0] && lines.map(\.updates) == [0, 0])
    }
}
