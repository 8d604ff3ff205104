import Testing
import Trajectory

@Suite("Importing labelled steps")
struct StepLabelImporterTests {
    private let running: PreparationRunning

    init() throws { running = try PreparationRunning() }

    private func row(_ steps: String, reason: String = "solution", answer: String = "null") -> String {
        #"{"question": {"problem": "q", "ground_truth_answer": \#(answer)}, "label": {"steps": [\#(steps)], "finish_reason": "\#(reason)"}}"#
    }

    private let chosen =
        #"{"completions": [{"text": "no", "rating": -1}, {"text": "a", "rating": 1}], "human_completion": null, "chosen_completion": 1}"#
    private let human =
        #"{"completions": [{"text": "no", "rating": -1}], "human_completion": {"text": "b"}, "chosen_completion": null}"#
    private let last =
        #"{"completions": [{"text": "So it is 3.\n\n# Answer\n\n3", "rating": 1}], "chosen_completion": 0}"#

    @Test("PRM800K's chosen completions, a person's where there is none, and the answer after its heading")
    func prm800k() throws {
        let outcome = try running.prepare(row([chosen, human, last].joined(separator: ", ")))
        #expect(outcome.trajectories[0].steps == ["a", "b", "So it is 3."])
        #expect(outcome.trajectories[0].answer == "3")
        #expect(outcome.reasons == ["--format prm800k: the first row has 'label.steps' of a question"])
        let known = try running.prepare(row([chosen, human].joined(separator: ", "), answer: "\"1,000\""))
        #expect(known.trajectories[0].answer == "1000")
    }

    @Test("Solutions that were given up, and wrong steps, are dropped")
    func dropped() throws {
        let wrong = #"{"completions": [{"text": "no", "rating": -1}], "chosen_completion": 0}"#
        let none = #"{"completions": [], "human_completion": null, "chosen_completion": null}"#
        let rows = [
            row([chosen, human].joined(separator: ", ")), row(chosen + "," + human, reason: "give_up"),
            row(chosen + "," + wrong), row(chosen + "," + none),
        ]
        let report = try running.prepare(rows.joined(separator: "\n"), .prm800k).report
        #expect(report.kept == 1)
        #expect(report.dropped[.unfinished]?.exampleLines == [2, 4])
        #expect(report.dropped[.wrongStep]?.examples.first?.field == "/label/steps/1/completions/0")
    }

    @Test("TRL's stepwise supervision")
    func stepwiseSupervision() throws {
        let outcome = try running.prepare(
            #"{"prompt": "q", "completions": ["a", "b", "The answer is \\boxed{2}."], "labels": [true, true, true]}"#
                + "\n"
                + #"{"prompt": "r", "completions": ["a", "b"], "labels": [true, false]}"#)
        #expect(outcome.trajectories.map(\.steps) == [["a", "b"]])
        #expect(outcome.trajectories[0].answer == "2")
        #expect(outcome.report.dropped[.wrongStep]?.examples.first?.field == "/completions/1")
    }
}
