import ModelCore
import ServiceKit
import Training

/// One GRPO update on all rollouts of a batch, in each layout.
struct UpdatePhase {
    private let model: CausalLanguageModel
    /// One for each layout.
    private let updates: [ForestUpdate]
    private let tokenCount: Int

    init(work: RolloutWork, rollouts: [Completion], model: CausalLanguageModel, budget: Int) {
        self.model = model
        let completions = rollouts.map(\.tokens)
        tokenCount = completions.reduce(0) { $0 + $1.count }
        let advantages = work.data.instances.enumerated().flatMap { index, instance in
            let group = rollouts[index * work.groupSize..<(index + 1) * work.groupSize]
            return ForestUpdate.advantages(of: group, expert: work.data.target(of: instance))
        }
        let optimizer = AdamW(parameters: model.parameters, configuration: AdamWConfiguration(learningRate: 1e-8))
        updates = BatchLayout.allCases.map { layout in
            ForestUpdate(
                model: model, optimizer: optimizer,
                batches: work.batches(layout, completions: completions, budget: budget),
                old: rollouts.map(\.logProbabilities), advantages: advantages)
        }
    }

    /// |a - b| / |b| over the parameters, at its largest, of each layout's gradient and that of independent sequences.
    func largestGradientDifference() throws -> String {
        let gradients = try updates.map { update in
            try update.accumulate()
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
            updates.map { update in { _ = try update.run() } }, repeats: repeats)
        let tokens = updates.map(\.forestTokens)
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
}
