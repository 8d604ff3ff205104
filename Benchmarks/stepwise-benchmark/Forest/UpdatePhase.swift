import ModelCore
import Reward
import ServiceKit
import Training

/// One GRPO update on all rollouts of a batch, in each layout.
struct UpdatePhase {
    private let model: CausalLanguageModel
    private let optimizer: AdamW
    private let batches: [[TrainingBatch]]
    private let old: [[Float]]
    private let advantages: [Double]
    private let tokenCount: Int
    private let objective = ClippedObjective()

    init(work: RolloutWork, rollouts: [Completion], model: CausalLanguageModel, budget: Int) {
        self.model = model
        optimizer = AdamW(parameters: model.parameters, configuration: AdamWConfiguration(learningRate: 1e-8))
        let completions = rollouts.map(\.tokens)
        batches = BatchLayout.allCases.map { work.batches($0, completions: completions, budget: budget) }
        old = rollouts.map(\.logProbabilities)
        tokenCount = completions.reduce(0) { $0 + $1.count }
        advantages = work.data.instances.enumerated().flatMap { index, instance in
            var matcher = ScalarMatcher(expert: work.data.target(of: instance), autojunk: false)
            let group = rollouts[index * work.groupSize..<(index + 1) * work.groupSize]
            return GroupAdvantage().advantages(group.map { matcher.ratio(of: $0.text) }).map { $0 ?? 0 }
        }
    }

    /// |a - b| / |b| over the parameters, at its largest, of each layout's gradient and that of independent sequences.
    func largestGradientDifference() throws -> String {
        let gradients = try BatchLayout.allCases.indices.map { layout in
            try accumulate(layout)
            return try model.parameters.entries.map { try model.parameters.gradient($0.name) }
        }
        var largest = 0.0
        for gradient in gradients.dropFirst() {
            for (mine, alone) in zip(gradient, gradients[0]) {
                let difference = zip(mine, alone).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
                let size = alone.reduce(0.0) { $0 + Double($1) * Double($1) }
                largest = max(largest, (difference / max(size, .leastNormalMagnitude)).squareRoot())
            }
        }
        guard largest < 1e-3 else {
            throw CommandFailure("the layouts' gradients differ by \(largest), more than rounding explains")
        }
        return largest.formatted(significantDigits: 2)
    }

    func table(repeats: Int) throws -> TextTable {
        let layouts = BatchLayout.allCases
        let times = try Measurement.interleaved(
            layouts.indices.map { layout in { try step(layout) } }, repeats: repeats)
        let tokens = batches.map { $0.reduce(0) { $0 + $1.forest.tokenCount } }
        var table = TextTable([
            .init("layout"), .init("tokens computed", .trailing), .init("time", .trailing),
            .init("computed/s", .trailing), .init("rollout tokens/s", .trailing), .init("fewer tokens", .trailing),
            .init("faster", .trailing),
        ])
        for (index, layout) in layouts.enumerated() {
            table.add([
                layout.rawValue, tokens[index].brief, times[index].asTime, (Double(tokens[index]) / times[index]).brief,
                (Double(tokenCount) / times[index]).brief, (Double(tokens[0]) / Double(tokens[index])).asRatio,
                (times[0] / times[index]).asRatio,
            ])
        }
        return table
    }

    private func step(_ layout: Int) throws {
        try accumulate(layout)
        model.parameters.clipGradients(maximumNorm: 1)
        // So small a rate that the weights, and with them the work, stay the same.
        optimizer.step(learningRate: 1e-8)
    }

    private func accumulate(_ layout: Int) throws {
        model.parameters.zeroGradients()
        for batch in batches[layout] {
            _ = try model.accumulateGradients(of: batch.predictions, in: batch.forest) { scores in
                var derivatives = [Float](repeating: 0, count: batch.predictions.count)
                for member in batch.members {
                    for (position, place) in member.predictions.enumerated() {
                        let token = objective.token(
                            policy: Double(scores.logProbabilities[place]), old: Double(old[member.rollout][position]),
                            advantage: advantages[member.rollout])
                        derivatives[place] = Float(token.derivative / Double(tokenCount))
                    }
                }
                return derivatives
            }
        }
    }
}
