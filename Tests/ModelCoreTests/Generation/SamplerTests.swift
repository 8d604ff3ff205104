import Foundation
import ModelCore
import Testing

/// The sampler against hand-made logits, whose probabilities are known fractions.
struct SamplerTests {
    /// Probabilities 0.5, 0.25, 0.125, 0.0625, 0.0625 in a mixed order of ids.
    private let logits: [Float] = [log(0.125), log(0.5), log(0.0625), log(0.25), log(0.0625)]

    /// Tokens that `parameters` can draw, with how often they come in `count` draws.
    private func frequencies(
        _ parameters: SamplingParameters, logits: [Float]? = nil, count: Int = 20_000
    ) throws -> [TokenID: Double] {
        var sampler = Sampler(parameters: parameters)
        var counts: [TokenID: Double] = [:]
        for index in 0..<count {
            var generator = RandomGenerator(seed: SeedSequence(7).seed(UInt64(index)))
            let draw = try #require(
                (logits ?? self.logits).withUnsafeBufferPointer { sampler.draw(from: $0, using: &generator) })
            counts[draw.token, default: 0] += 1
        }
        return counts.mapValues { $0 / Double(count) }
    }

    /// Pearson's statistic of observed frequencies against expected probabilities.
    private func chiSquare(_ observed: [TokenID: Double], _ expected: [TokenID: Double], count: Double) -> Double {
        expected.reduce(0) { sum, entry in
            let difference = (observed[entry.key] ?? 0) - entry.value
            return sum + count * difference * difference / entry.value
        }
    }

    struct FilterCase: CustomTestStringConvertible, Sendable {
        let name: String
        let parameters: SamplingParameters
        /// What is left, renormalised.
        let expected: [TokenID: Double]
        var testDescription: String { name }
    }

    static let cases: [FilterCase] = [
        FilterCase(
            name: "no filter", parameters: SamplingParameters(maximumTokens: 1),
            expected: [1: 0.5, 3: 0.25, 0: 0.125, 2: 0.0625, 4: 0.0625]),
        FilterCase(
            name: "temperature 0.5 squares the probabilities",
            parameters: SamplingParameters(temperature: 0.5, maximumTokens: 1),
            expected: [1: 64.0 / 86, 3: 16.0 / 86, 0: 4.0 / 86, 2: 1.0 / 86, 4: 1.0 / 86]),
        FilterCase(
            name: "top-k 1 is greedy", parameters: SamplingParameters(topK: 1, maximumTokens: 1), expected: [1: 1]),
        FilterCase(
            name: "top-k 2", parameters: SamplingParameters(topK: 2, maximumTokens: 1),
            expected: [1: 2.0 / 3, 3: 1.0 / 3]),
        FilterCase(
            name: "top-k 4 keeps the lower id of a tie", parameters: SamplingParameters(topK: 4, maximumTokens: 1),
            expected: [1: 8.0 / 15, 3: 4.0 / 15, 0: 2.0 / 15, 2: 1.0 / 15]),
        FilterCase(
            name: "top-k above the vocabulary", parameters: SamplingParameters(topK: 100, maximumTokens: 1),
            expected: [1: 0.5, 3: 0.25, 0: 0.125, 2: 0.0625, 4: 0.0625]),
        FilterCase(
            name: "top-p below the likeliest keeps it", parameters: SamplingParameters(topP: 0.1, maximumTokens: 1),
            expected: [1: 1]),
        FilterCase(
            name: "top-p 0.7 needs two", parameters: SamplingParameters(topP: 0.7, maximumTokens: 1),
            expected: [1: 2.0 / 3, 3: 1.0 / 3]),
        FilterCase(
            name: "top-p 0.8 needs three", parameters: SamplingParameters(topP: 0.8, maximumTokens: 1),
            expected: [1: 4.0 / 7, 3: 2.0 / 7, 0: 1.0 / 7]),
        FilterCase(
            name: "top-p 1 keeps all", parameters: SamplingParameters(topP: 1, maximumTokens: 1),
            expected: [1: 0.5, 3: 0.25, 0: 0.125, 2: 0.0625, 4: 0.0625]),
        FilterCase(
            name: "min-p 0.2 keeps 0.1 and above", parameters: SamplingParameters(minP: 0.2, maximumTokens: 1),
            expected: [1: 4.0 / 7, 3: 2.0 / 7, 0: 1.0 / 7]),
        FilterCase(
            name: "min-p 1 keeps the likeliest", parameters: SamplingParameters(minP: 1, maximumTokens: 1),
            expected: [1: 1]),
        FilterCase(
            name: "top-p applies to what top-k has left: 0.6 of {4/7, 2/7, 1/7} needs two",
            parameters: SamplingParameters(topK: 3, topP: 0.6, maximumTokens: 1), expected: [1: 2.0 / 3, 3: 1.0 / 3]),
        FilterCase(
            name: "top-p then min-p", parameters: SamplingParameters(topP: 0.9, minP: 0.4, maximumTokens: 1),
            expected: [1: 2.0 / 3, 3: 1.0 / 3]),
    ]

    @Test(arguments: cases) func drawsFromWhatTheFilterLeaves(_ test: FilterCase) throws {
        let observed = try frequencies(test.parameters)
        #expect(Set(observed.keys) == Set(test.expected.keys))
        // 99.9 % quantile of chi-square with 4 degrees of freedom; the seeds are fixed, so this never flickers.
        #expect(chiSquare(observed, test.expected, count: 20_000) < 18.5)
    }

    @Test func greedyTakesTheLowestIdAmongEqualsAndUsesNoRandomness() throws {
        var sampler = Sampler(parameters: SamplingParameters(temperature: 0, maximumTokens: 1))
        var generator = RandomGenerator(seed: 1)
        let before = generator
        let tied: [Float] = [0, 3, 3, 1]
        let draw = try #require(tied.withUnsafeBufferPointer { sampler.draw(from: $0, using: &generator) })
        #expect(draw.token == 1)
        #expect(generator == before)
    }

    @Test func logProbabilityIsThatOfTheTemperedSoftmaxBeforeFilters() throws {
        for temperature in [Float(0.5), 1, 2] {
            var sampler = Sampler(
                parameters: SamplingParameters(temperature: temperature, topK: 2, topP: 0.9, maximumTokens: 1))
            var generator = RandomGenerator(seed: 3)
            let draw = try #require(logits.withUnsafeBufferPointer { sampler.draw(from: $0, using: &generator) })
            let powers = logits.map { exp(Double($0) / Double(temperature)) }
            let expected = log(powers[Int(draw.token)] / powers.reduce(0, +))
            #expect(abs(Double(draw.logProbability) - expected) < 1e-6)
        }
    }

    @Test func neverDrawsATokenOfProbabilityZero() throws {
        let observed = try frequencies(
            SamplingParameters(maximumTokens: 1), logits: [-.infinity, 0, -.infinity, 0], count: 1000)
        #expect(Set(observed.keys) == [1, 3])
    }

    @Test(arguments: [[Float.nan, 1], [1, .infinity], [-.infinity, -.infinity]])
    func refusesLogitsThatAreNotFinite(_ logits: [Float]) {
        var sampler = Sampler(parameters: SamplingParameters(maximumTokens: 1))
        var generator = RandomGenerator(seed: 1)
        #expect(logits.withUnsafeBufferPointer { sampler.draw(from: $0, using: &generator) } == nil)
    }
}
