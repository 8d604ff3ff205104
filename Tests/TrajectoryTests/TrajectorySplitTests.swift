import Foundation
import Testing
import Trajectory

@Suite("Splitting a data set")
struct TrajectorySplitTests {
    private let trajectories = (0..<4_000).map {
        ExpertTrajectory(id: "\($0)", problem: "row-\($0)", steps: ["a", "b"])
    }

    @Test(
        "Every trajectory is on one side, in its order, in about the asked share",
        arguments: [0.0, 0.01, 0.1, 0.5, 1.0])
    func shares(fraction: Double) {
        let (training, heldOut) = TrajectorySplit(heldOutFraction: fraction, seed: 7).apply(to: trajectories)
        let ids = Set(heldOut.map(\.id))
        #expect(training == trajectories.filter { !ids.contains($0.id) })
        #expect(heldOut == trajectories.filter { ids.contains($0.id) })
        // Five standard deviations of a binomial share.
        let deviation = (fraction * (1 - fraction) / 4_000).squareRoot()
        #expect(abs(Double(heldOut.count) / 4_000 - fraction) <= 5 * deviation)
    }

    @Test("The side of a trajectory does not depend on the others or on their order")
    func stable() {
        let split = TrajectorySplit(heldOutFraction: 0.3, seed: 1)
        let whole = Set(split.apply(to: trajectories).heldOut.map(\.id))
        let some = Set(split.apply(to: trajectories.suffix(1_000).reversed()).heldOut.map(\.id))
        #expect(some == whole.intersection(trajectories.suffix(1_000).map(\.id)))
    }

    @Test("A larger fraction only adds to what is held out")
    func nested() {
        let small = trajectories.filter { TrajectorySplit(heldOutFraction: 0.1).holdsOut(problem: $0.problem) }.map(
            \.id)
        let large = trajectories.filter { TrajectorySplit(heldOutFraction: 0.2).holdsOut(problem: $0.problem) }.map(
            \.id)
        #expect(Set(small).isStrictSubset(of: large))
    }

    @Test("Another seed is another split, the same seed the same, on every machine")
    func seeds() {
        let sides = { (seed: UInt64) in
            trajectories.prefix(40).map {
                TrajectorySplit(heldOutFraction: 0.5, seed: seed).holdsOut(problem: $0.problem) ? "h" : "t"
            }
            .joined()
        }
        #expect(sides(0) != sides(1))
        #expect(sides(0) == "ththtttthhhthttttthththttthhhhttthhhhttt")
    }

    @Test("Solutions of one problem are on one side, whatever their ids, files and white space")
    func sameProblem() {
        let split = TrajectorySplit(heldOutFraction: 0.5, seed: 3)
        let problems = (0..<200).map { "How many are\n  \($0) and 1?" }
        let again = problems.map { " " + $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") + "\n" }
        for (first, second) in zip(problems, again) {
            #expect(split.holdsOut(problem: first) == split.holdsOut(problem: second))
        }
        let trajectories = (problems + again).enumerated().map {
            ExpertTrajectory(id: "t\($0)", problem: $1, steps: ["\($0)", "b"])
        }
        let (training, heldOut) = split.apply(to: trajectories)
        let words = { (part: [ExpertTrajectory]) in Set(part.map { $0.problem.split(whereSeparator: \.isWhitespace) }) }
        #expect(words(training).isDisjoint(with: words(heldOut)))
        #expect(words(training).count > 60 && words(heldOut).count > 60)
    }

    @Test("A fraction that is none is refused in a configuration")
    func configuration() throws {
        let decode = { (json: String) in try JSONDecoder().decode(TrajectorySplit.self, from: Data(json.utf8)) }
        #expect(try decode(#"{"heldOutFraction": 0.1}"#) == TrajectorySplit(heldOutFraction: 0.1, seed: 0))
        #expect(throws: DecodingError.self) { try decode(#"{"heldOutFraction": 1.5}"#) }
    }
}
