/// A task that a tiny model can learn in minutes, with expert trajectories: sums of two-digit numbers without carries, worked out one
/// operation at a time from the left. The steps of `71+05-32` are `76-32` and `44`; the answer is 44.
///
/// Long sums are hard for a model that has seen short ones only: every step copies the rest of the sum, and the answer is right only when
/// every step was. A slip is the start of a wrong answer but leaves most of a step right, which is what a similarity sees and a check of
/// the answer does not. Without carries the facts are few, so that what is learnt is the working, and with two digits the answer is not
/// guessed.
public struct ArithmeticTask: Sendable {
    /// Operands of a problem.
    public let operands: ClosedRange<Int>
    public let seed: UInt64

    /// - Precondition: two operands or more.
    public init(operands: ClosedRange<Int>, seed: UInt64) {
        precondition(operands.lowerBound >= 2)
        self.operands = operands
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

    /// Two decimal digits that are added and subtracted each by itself.
    private struct Number: CustomStringConvertible {
        var tens: Int
        var units: Int

        static func random(using generator: inout Generator) -> Number {
            Number(tens: Int.random(in: 0...9, using: &generator), units: Int.random(in: 0...9, using: &generator))
        }

        /// nil where a digit would leave 0...9.
        func adding(_ other: Number, sign: Int) -> Number? {
            let sum = Number(tens: tens + sign * other.tens, units: units + sign * other.units)
            return (0...9).contains(sum.tens) && (0...9).contains(sum.units) ? sum : nil
        }

        var description: String { "\(tens)\(units)" }
    }

    private func trajectory(id: String, _ generator: inout Generator) -> ExpertTrajectory {
        let count = Int.random(in: operands, using: &generator)
        let first = Number.random(using: &generator)
        var result = first
        var terms: [String] = []
        var results: [Number] = []
        while terms.count < count - 1 {
            let operand = Number.random(using: &generator)
            let isSum = Bool.random(using: &generator)
            guard operand.tens + operand.units > 0, let next = result.adding(operand, sign: isSum ? 1 : -1) else {
                continue
            }
            terms.append((isSum ? "+" : "-") + operand.description)
            results.append(next)
            result = next
        }
        return ExpertTrajectory(
            id: id, problem: "\(first)" + terms.joined(),
            steps: results.indices.map { "\(results[$0])" + terms[($0 + 1)...].joined() },
            answer: result.description)
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 1
            return StableHash.mix(state)
        }
    }
}
