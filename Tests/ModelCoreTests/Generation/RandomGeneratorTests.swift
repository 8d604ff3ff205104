import Foundation
import ModelCore
import Testing

struct RandomGeneratorTests {
    /// The published test vector of SplitMix64 for seed 1234567.
    @Test func isSplitMix64() {
        var generator = RandomGenerator(seed: 1_234_567)
        let numbers = (0..<5).map { _ in generator.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test func uniformsStayBelowOneAndAverageAHalf() {
        var generator = RandomGenerator(seed: 5)
        var sum = 0.0
        for _ in 0..<10_000 {
            let single = generator.nextUniform()
            let double = generator.nextUniformDouble()
            #expect(single >= 0 && single < 1 && double >= 0 && double < 1)
            sum += Double(single) + double
        }
        #expect(abs(sum / 20_000 - 0.5) < 0.01)
    }

    @Test func continuesFromItsStoredState() throws {
        var generator = RandomGenerator(seed: 5)
        _ = generator.next()
        var restored = try JSONDecoder().decode(RandomGenerator.self, from: JSONEncoder().encode(generator))
        #expect(restored.next() == generator.next())
    }

    @Test func seedsDependOnEveryPartAndItsPlace() {
        let sequence = SeedSequence(42)
        #expect(sequence.seed(1, 2) == SeedSequence(42).seed([1, 2]))
        var seen: Set<UInt64> = [sequence.seed(), sequence.seed(0), sequence.seed(0, 0), SeedSequence(43).seed()]
        #expect(seen.count == 4)
        for first in UInt64(0)..<100 {
            for second in UInt64(0)..<100 {
                seen.insert(sequence.seed(first, second, 7))
            }
        }
        #expect(seen.count == 4 + 10_000)
    }
}
