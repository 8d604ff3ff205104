import Testing
import Trajectory

@Suite struct ArithmeticTaskTests {
    @Test func stepsWorkTheSumOutFromTheLeft() throws {
        for trajectory in ArithmeticTask(operands: 2...6, seed: 3).trajectories(200, prefix: "sum") {
            try trajectory.validate()
            var line = trajectory.problem
            for step in trajectory.steps {
                // The first operation of a line gives the beginning of the next, and the rest is copied.
                let digits = line.prefix { $0.isNumber }
                let rest = line.dropFirst(digits.count)
                let operand = try #require(rest.dropFirst().first?.wholeNumberValue)
                let result = try #require(Int(digits)) + (rest.first == "+" ? operand : -operand)
                #expect(step == "\(result)" + rest.dropFirst(2))
                #expect((0...30).contains(result))
                line = step
            }
            #expect(line == trajectory.answer)
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
        // Nine first operands, nine second ones, two operations: 162 at most, those below 0 left out.
        let all = ArithmeticTask(operands: 2...2, seed: 1).trajectories(1000, prefix: "a")
        #expect(all.count == 81 + 45)
    }
}
