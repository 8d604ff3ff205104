import Testing
import Trajectory

@Suite struct ArithmeticTaskTests {
    @Test func stepsWorkTheSumOutFromTheLeft() throws {
        for trajectory in ArithmeticTask(operands: 2...6, seed: 3).trajectories(200, prefix: "sum") {
            try trajectory.validate()
            var line = trajectory.problem[...]
            for step in trajectory.steps {
                // The first operation of a line gives the beginning of the next, digit by digit, and the rest is copied.
                let digits = Array(line.utf8.prefix(5))
                let isSum = digits[2] == UInt8(ascii: "+")
                let result = [0, 1].map { index -> Int in
                    let (left, right) = (Int(digits[index]) - 48, Int(digits[index + 3]) - 48)
                    return isSum ? left + right : left - right
                }
                #expect(result.allSatisfy { (0...9).contains($0) })
                #expect(step == "\(result[0])\(result[1])" + line.dropFirst(5))
                line = step[...]
            }
            #expect(String(line) == trajectory.answer)
        }
    }

    @Test func problemsAreSeededDifferentAndNotAmongTheExcluded() {
        let task = ArithmeticTask(operands: 3...4, seed: 1)
        let first = task.trajectories(100, prefix: "a")
        #expect(first == task.trajectories(100, prefix: "a"))
        #expect(Set(first.map(\.problem)).count == 100)
        let excluded = Set(first.prefix(50).map(\.problem))
        #expect(task.trajectories(100, prefix: "b", excluding: excluded).allSatisfy { !excluded.contains($0.problem) })
        #expect(first != ArithmeticTask(operands: 3...4, seed: 2).trajectories(100, prefix: "a"))
    }

    @Test func endsWhenThereAreNoMoreProblems() {
        // For each digit 55 pairs stay within 0...9, for sums and for differences; 100 of both kinds have the operand 00, which is left out.
        let all = ArithmeticTask(operands: 2...2, seed: 1).trajectories(10_000, prefix: "a")
        // The last few are seldom drawn.
        #expect((5800...2 * (55 * 55 - 100)).contains(all.count))
    }
}
