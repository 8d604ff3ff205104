/// A task that a tiny model can learn in minutes, with expert trajectories: sums of several operands, worked out one operation at a
/// time from the left. The steps of `7+5-3` are `12-3` and `9`; the answer is 9.
///
/// Long sums are hard for a model that has seen short ones only: every step copies the rest of the sum. A slip is the start of a wrong
/// answer but leaves most of a step right, which is what a similarity sees and a check of the answer does not.
public struct ArithmeticTask: Sendable {
    /// Operands of a problem.
    public let operands: ClosedRange<Int>
    /// No intermediate result leaves this range.
    public let results: ClosedRange<Int>
    public let seed: UInt64

    /// - Precondition: two operands or more, and room for sums of digits.
    public init(operands: ClosedRange<Int>, results: ClosedRange<Int> = 0...30, seed: UInt64) {
        precondition(operands.lowerBound >= 2 && results.lowerBound <= 0 && results.upperBound >= 18)
        self.operands = operands
        self.results = results
        self.seed = seed
    }

    /// Different problems with their trajectories, always the same for the same task.
    ///
    /// - Parameters:
    ///   - prefix: of the ids.
    ///   - excluding: problems that must not be among them.
    public func trajectories(
        _ count: Int, prefix: String, excluding: Set<String> = []
    ) -> [ExpertTrajectory] {
        var generator = Generator(state: StableHash.mix(seed))
        var seen = excluding
        var made: [ExpertTrajectory] = []
        // Short sums are few: where no new one is found for long, there are no more.
        var misses = 0
        while made.count < count, misses < 10_000 {
            let trajectory = trajectory(id: "\(prefix)-\(made.count + 1)", &generator)
            if seen.insert(trajectory.problem).inserted {
                made.append(trajectory)
                misses = 0
            } else {
                misses += 1
            }
        }
        return made
    }

    private func trajectory(id: String, _ generator: inout Generator) -> ExpertTrajectory {
        let count = Int.random(in: operands, using: &generator)
        var result = Int.random(in: 1...9, using: &generator)
        var terms: [String] = []
        var results: [Int] = []
        let first = result
        while terms.count < count - 1 {
            let operand = Int.random(in: 1...9, using: &generator)
            let isSum = Bool.random(using: &generator)
            let next = isSum ? result + operand : result - operand
            guard self.results.contains(next) else { continue }
            terms.append((isSum ? "+" : "-") + String(operand))
            results.append(next)
            result = next
        }
        return ExpertTrajectory(
            id: id, problem: "\(first)" + terms.joined(),
            steps: results.indices.map { "\(results[$0])" + terms[($0 + 1)...].joined() }, answer: String(result))
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 1
            return StableHash.mix(state)
        }
    }
}
