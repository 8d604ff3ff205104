import Foundation
import ModelCore
import Testing
import Training

/// What PyTorch made of the same numbers (Tests/Fixtures/make_policy_losses.py).
struct PolicyLosses: Decodable {
    struct Options: Decodable {
        let level: ImportanceSamplingLevel
        let aggregation: LossAggregation
        let clipLow: Double
        let clipHigh: Double
        let clipDual: Double?
        let klCoefficient: Double
        let klEstimator: KLEstimator
        let entropyCoefficient: Double
        let correction: RolloutCorrection.Mode
        let cap: Double
    }

    struct Case: Decodable, CustomTestStringConvertible {
        let options: Options
        let loss: Double
        let derivatives: [Double]
        let entropyDerivatives: [Double]
        let clipFractionLow: Double
        let clipFractionHigh: Double
        let clipFractionDual: Double
        let ratioMean: Double
        let ratioMaximum: Double
        let approximateKL: Double
        let kl: Double
        let entropy: Double

        var testDescription: String { "\(options)" }
    }

    struct Inputs: Decodable {
        let policy: [[Float]]
        let old: [[Float]]
        let reference: [[Float]]
        let rollout: [[Float]]
        let entropy: [[Float]]
        let advantage: [Double]
    }

    struct Advantages: Decodable {
        let scale: GroupAdvantage.Scale
        let ddof: Int
        let epsilon: Double
        let values: [[Double]]
    }

    struct OverlongPenalty: Decodable {
        let length: Int
        let maximum: Int
        let buffer: Int
        let factor: Double
        let penalty: Double
    }

    let maximumTokens: Int
    let inputs: Inputs
    let cases: [Case]
    let rewards: [[Double]]
    let advantages: [Advantages]
    let overlong: [OverlongPenalty]

    static let recorded = Result { () throws -> PolicyLosses in
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try JSONDecoder().decode(
            PolicyLosses.self, from: Data(contentsOf: folder.appending(path: "Fixtures/policy-losses.json")))
    }
}

@Suite struct PolicyLossTests {
    private func isClose(_ ours: Double, _ theirs: Double) -> Bool { abs(ours - theirs) <= 1e-6 * max(1, abs(theirs)) }

    @Test func lossAndDerivativesArePyTorchs() throws {
        let recorded = try PolicyLosses.recorded.get()
        #expect(recorded.cases.count > 15)
        for one in recorded.cases { try expectSame(one, recorded) }
    }

    private func expectSame(_ expected: PolicyLosses.Case, _ recorded: PolicyLosses) throws {
        let (options, inputs) = (expected.options, recorded.inputs)
        let correction = RolloutCorrection(mode: options.correction, cap: options.cap)
        let configuration = GRPOConfiguration(
            rolloutCorrection: correction, importanceSamplingLevel: options.level, clipLow: options.clipLow,
            clipHigh: options.clipHigh, clipDual: options.clipDual, klCoefficient: options.klCoefficient,
            klEstimator: options.klEstimator, entropyCoefficient: options.entropyCoefficient,
            lossAggregation: options.aggregation)
        let samples = inputs.advantage.indices.map { index in
            let ratios = correction.ratios(old: inputs.old[index], rollout: inputs.rollout[index])
            return PolicySample(
                old: inputs.old[index], advantage: inputs.advantage[index], weights: ratios.map(correction.weight))
        }
        func scores(_ logProbabilities: [[Float]]) -> PredictionScores {
            PredictionScores(
                logProbabilities: Array(logProbabilities.joined()), entropies: Array(inputs.entropy.joined()))
        }
        let policy = scores(inputs.policy)
        var loss = PolicyLoss(configuration, samples: samples, maximumTokens: recorded.maximumTokens)
        var derivatives = loss.derivatives(count: policy.entropies.count)
        var first = 0
        for sample in samples {
            loss.add(
                sample, at: Array(first..<first + sample.tokenCount), scores: policy,
                reference: scores(inputs.reference), derivatives: &derivatives)
            first += sample.tokenCount
        }
        let statistics = loss.statistics
        #expect(isClose(statistics.loss, expected.loss), "\(options)")
        for (ours, theirs) in zip(derivatives.logProbabilities, expected.derivatives) {
            #expect(isClose(Double(ours), theirs), "\(options)")
        }
        for (index, theirs) in expected.entropyDerivatives.enumerated() {
            #expect(isClose(Double(derivatives.entropies?[index] ?? 0), theirs), "\(options)")
        }
        for (ours, theirs) in [
            (statistics.clipFractionLow, expected.clipFractionLow),
            (statistics.clipFractionHigh, expected.clipFractionHigh),
            (statistics.clipFractionDual, expected.clipFractionDual),
            (statistics.clipFraction, expected.clipFractionLow + expected.clipFractionHigh + expected.clipFractionDual),
            (statistics.ratioMean, expected.ratioMean), (statistics.ratioMaximum, expected.ratioMaximum),
            (statistics.approximateKL, expected.approximateKL), (statistics.kl, expected.kl),
            (statistics.entropy, expected.entropy),
        ] {
            #expect(isClose(ours, theirs), "\(options)")
        }
    }

    @Test func advantagesArePyTorchs() throws {
        let recorded = try PolicyLosses.recorded.get()
        #expect(Set(recorded.advantages.map(\.scale)) == Set(GroupAdvantage.Scale.allCases))
        for expected in recorded.advantages {
            let ours = GroupAdvantage(scale: expected.scale, epsilon: expected.epsilon, ddof: expected.ddof)
                .advantages(of: recorded.rewards)
            for (ours, theirs) in zip(ours.joined(), expected.values.joined()) {
                #expect(abs(try #require(ours) - theirs) < 1e-9, "\(expected.scale), ddof \(expected.ddof)")
            }
        }
    }

    @Test func thePenaltyForLengthIsVerls() throws {
        for expected in try PolicyLosses.recorded.get().overlong {
            let overlong = Overlong(bufferTokens: expected.buffer, penaltyFactor: expected.factor)
            #expect(overlong.penalty(length: expected.length, maximum: expected.maximum) == expected.penalty)
        }
        #expect(Overlong().penalty(length: 100, maximum: 10) == 0)
    }
}
