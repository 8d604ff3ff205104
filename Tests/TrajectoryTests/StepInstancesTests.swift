import Foundation
import Testing
import Trajectory

@Suite("Step instances")
struct StepInstancesTests {
    private let template = PromptTemplate.compact
    private let answered = ExpertTrajectory(id: "a", problem: "p", steps: ["one", "two", "three"], answer: "3")
    private let open = ExpertTrajectory(id: "o", problem: "p", steps: ["one", "two", "three"])

    @Test("Every step is a target, the answer after them; the last can be left out")
    func targets() {
        let all = ["one", "two", "three", "#### 3"]
        #expect(answered.targets(template, .init()) == all)
        #expect(answered.targets(template, .init(lastStep: .exclude)) == Array(all[..<3]))
        #expect(answered.targets(template, .init(answerStep: .exclude)) == Array(all[..<3]))
        // The paper's N-1.
        #expect(answered.targets(template, .init(lastStep: .exclude, answerStep: .exclude)) == Array(all[..<2]))
        #expect(open.targets(template, .init()) == Array(all[..<3]))
        #expect(open.targets(template, .init(lastStep: .exclude)) == Array(all[..<2]))
    }

    @Test("A target is trimmed as an action is, and otherwise as it is")
    func trimmed() {
        let trajectory = ExpertTrajectory(id: "a", problem: "p", steps: ["\n\n    x = 1\n\ny  = 2 \n", "E\u{301}"])
        let targets = trajectory.targets(template, .init())
        #expect(targets[0] == "    x = 1\n\ny  = 2")
        #expect(targets[1].unicodeScalars.count == 2)
        for (step, target) in zip(trajectory.steps, targets) {
            #expect(Monologue.parse("<think>a</think>\(step)") == .action(monologue: "a", action: target))
        }
    }

    @Test("Instances come in order, the first of a trajectory with the problem alone as context")
    func instances() {
        let (instances, dropped) = StepInstances.make(from: [answered, open], template: template, options: .init())
        #expect(
            instances == (0..<4).map { StepInstance(trajectory: 0, step: $0) }
                + (0..<3).map { StepInstance(trajectory: 1, step: $0) })
        #expect(dropped.isEmpty)
    }

    @Test("Fewer than two steps give no instance, with the reason; the answer is not counted")
    func dropped() {
        let short = ExpertTrajectory(id: "short", problem: "p", steps: ["one"], answer: "1")
        let none = ExpertTrajectory(id: "none", problem: "p", steps: [], answer: "1")
        let (instances, dropped) = StepInstances.make(from: [short, open, none], template: template, options: .init())
        #expect(Set(instances.map(\.trajectory)) == [1])
        #expect(dropped.map(\.id) == ["short", "none"])
        #expect(dropped.map(\.reason) == ["fewer than 2 steps", "fewer than 2 steps"])
    }

    @Test("Options have defaults in a configuration")
    func options() throws {
        let decode = { (json: String) in try JSONDecoder().decode(InstanceOptions.self, from: Data(json.utf8)) }
        #expect(try decode("{}") == InstanceOptions())
        #expect(try decode(#"{"lastStep": "exclude"}"#) == InstanceOptions(lastStep: .exclude))
        #expect(throws: DecodingError.self) { try decode(#"{"answerStep": "maybe"}"#) }
    }
}
