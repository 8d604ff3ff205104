import ModelCore
import ServiceKit
import Training

/// Drawing all rollouts of a batch, in each layout.
struct RolloutPhase {
    private let work: RolloutWork
    private let generator: Generator
    private let sampling: SamplingParameters
    /// The rollouts as drawn from trunks.
    let completions: [Completion]
    /// How many rollouts have the same tokens in every layout. A trunk's segments begin new blocks of the cache, which sum in
    /// another order than those of a prompt in one piece: log-probabilities differ by rounding, and in rare cases a token does.
    private(set) var equalCount: Int
    private(set) var largestDifference: Float = 0

    init(work: RolloutWork, generator: Generator, sampling: SamplingParameters) throws {
        self.work = work
        self.generator = generator
        self.sampling = sampling
        completions = try Self.draw(.trajectories, work, generator, sampling)
        var isEqual = [Bool](repeating: true, count: completions.count)
        for layout in [BatchLayout.independent, .groups] {
            for (index, other) in try Self.draw(layout, work, generator, sampling).enumerated() {
                guard other.tokens == completions[index].tokens else {
                    isEqual[index] = false
                    continue
                }
                for (first, second) in zip(other.logProbabilities, completions[index].logProbabilities) {
                    largestDifference = max(largestDifference, abs(first - second))
                }
            }
        }
        equalCount = isEqual.count { $0 }
    }

    var generatedTokens: Int { completions.reduce(0) { $0 + $1.tokens.count } }

    func table(repeats: Int) throws -> TextTable {
        let layouts = BatchLayout.allCases
        let times = try Measurement.interleaved(
            layouts.map { layout in { _ = try Self.draw(layout, work, generator, sampling) } }, repeats: repeats)
        let tokens = layouts.map { work.prompts($0).forest.tokenCount + generatedTokens }
        var table = TextTable([
            .init("layout"), .init("tokens computed", .trailing), .init("time", .trailing),
            .init("tokens drawn/s", .trailing), .init("fewer tokens", .trailing), .init("faster", .trailing),
        ])
        for (index, layout) in layouts.enumerated() {
            table.add([
                layout.rawValue, tokens[index].brief, times[index].asTime,
                (Double(generatedTokens) / times[index]).brief,
                (Double(tokens[0]) / Double(tokens[index])).asRatio, (times[0] / times[index]).asRatio,
            ])
        }
        return table
    }

    private static func draw(
        _ layout: BatchLayout, _ work: RolloutWork, _ generator: Generator, _ sampling: SamplingParameters
    ) throws -> [Completion] {
        let (forest, parents) = work.prompts(layout)
        let seeds = SeedSequence(7)
        let requests = parents.enumerated().map {
            GenerationRequest(parent: $1, seed: seeds.seed(UInt64($0)), stopTokens: work.data.stopTokens)
        }
        return try generator.generate(prompts: forest, requests: requests, sampling: sampling)
    }
}
