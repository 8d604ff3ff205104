import Foundation
import Testing
import Trajectory

@Suite("Importing agents")
struct AgentTrajectoryImporterTests {
    private let running: PreparationRunning

    init() throws { running = try PreparationRunning() }

    /// SWE-agent writes a file over many lines, with a demonstration before the task.
    private let trajectory = """
        {
          "trajectory": [
            {"action": "ls /repo\\n", "observation": "a.py\\r\\nb.py\\r\\n", "thought": "Look.", "response": "Look.\\nls", "query": []},
            {"action": "", "observation": "Your command was not understood.", "thought": "?", "response": "?"},
            {"action": "submit", "observation": "", "thought": "Done.", "response": "Done."}
          ],
          "history": [
            {"role": "system", "content": "You are an agent."},
            {"role": "user", "content": "A demonstration.", "is_demo": true},
            {"role": "user", "content": [{"type": "text", "text": "Fix the bug."}]},
            {"role": "assistant", "content": "Look."}
          ],
          "info": {"exit_status": "submitted"}, "environment": "repo-1"
        }
        """

    @Test("A .traj file: the action is the step, the observation context, the thought neither")
    func traj() throws {
        let outcome = try running.prepare(trajectory, name: "one.traj")
        let trajectory = try #require(outcome.trajectories.first)
        #expect(trajectory.problem == "Fix the bug.")
        #expect(trajectory.steps == ["ls /repo", "submit"])
        #expect(trajectory.observations == ["a.py\nb.py", ""])
        #expect(trajectory.answer == nil)
        #expect(trajectory.metadata == ["source": "one.traj:1", "instance": "repo-1", "exitStatus": "submitted"])
        #expect(outcome.report.notes == [.emptyActionLeftOut: 1])
        #expect(outcome.reasons == ["--format swe-agent: the first row has a list 'trajectory' of turns with actions"])
    }

    @Test("SWE-smith's conversations, whose calls are written in the text, also as JSON text of a column")
    func xml() throws {
        let messages = """
            [{"role": "system", "content": "s"}, {"role": "user", "content": "Fix it."},
             {"role": "assistant", "content": "Let me look.\\n\\n<function=bash>\\n<parameter=command>ls</parameter>\\n</function>"},
             {"role": "user", "content": "OBSERVATION:\\na.py"},
             {"role": "assistant", "content": "Now submit.\\n\\n<function=submit>\\n</function> Bye."}]
            """.replacing("\n", with: " ")
        let list = #"{"messages": \#(messages), "instance_id": "i", "resolved": true}"#
        let text = #"{"messages": \#(JSONText.quoted(messages)), "instance_id": "i", "resolved": false}"#
        let outcome = try running.prepare(list + "\n" + text, options: { $0.duplicates = .keep })
        for trajectory in outcome.trajectories {
            #expect(trajectory.problem == "Fix it.")
            #expect(
                trajectory.steps == [
                    "<function=bash>\n<parameter=command>ls</parameter>\n</function>", "<function=submit>\n</function>",
                ])
            #expect(trajectory.observations == ["a.py", ""])
        }
        #expect(outcome.trajectories.map { $0.metadata?["resolved"] } == ["true", "false"])
        #expect(outcome.reasons == ["--format swe-agent: the first 2 rows have messages and an 'instance_id'"])
        let resolved = try running.prepare(
            list + "\n" + text, .sweAgent, options: { try $0.require(["resolved=true"]) })
        #expect(resolved.trajectories.count == 1)
        #expect(resolved.report.dropped[.notSelected]?.examples.first?.detail == "false")
        // The same trajectory twice is one, whatever else the rows say.
        #expect(try running.prepare(list + "\n" + text).report.dropped[.repeatedTrajectory]?.count == 1)
    }

    @Test("A long observation loses its middle, and no more than that")
    func observations() throws {
        let long = String(repeating: "ab", count: 50)
        let outcome = try running.prepare(
            trajectory.replacing(#"a.py\r\nb.py\r\n"#, with: long), options: { $0.maximumObservationLength = 11 })
        #expect(outcome.trajectories[0].observations?[0] == "ababa\n[.. 89 characters left out ..]\nababab")
        #expect(outcome.report.notes[.observationShortened] == 1)
    }

    @Test("A trajectory without a problem or an action names the place")
    func malformed() throws {
        #expect { try running.prepare(#"{"trajectory": [{"action": "ls"}, {"action": "x"}]}"#, .sweAgent) } throws: {
            "\($0)".contains("rows.jsonl:1: /history: there is no problem: no message of the user in history")
        }
        #expect {
            try running.prepare(#"{"trajectory": [{"thought": "x"}], "problem_statement": "p"}"#, .sweAgent)
        } throws: {
            "\($0)".hasSuffix("rows.jsonl:1: /trajectory/0/action: the key is missing")
        }
    }

    @Test("Real trajectories of SWE-agent and SWE-smith, where they are there")
    func realData() throws {
        let folder = URL(fileURLWithPath: #filePath).appending(path: "../../../../../shared/data/swe")
            .standardizedFileURL.path
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder).sorted() else {
            print("skipped: \(folder) is not there")
            return
        }
        var preparation = Preparation(format: .sweAgent, options: PreparationOptions())
        var trajectories: [ExpertTrajectory] = []
        for name in names {
            try preparation.read("\(folder)/\(name)") { (trajectory) throws(TrajectoryError) in
                trajectories.append(trajectory)
            }
        }
        #expect(try preparation.finish().droppedCount == 0)
        for trajectory in trajectories {
            try trajectory.validate()
            #expect(trajectory.steps.count > 10 && trajectory.observations?.count == trajectory.steps.count)
            #expect(trajectory.steps.last?.contains("submit") == true)
            #expect(trajectory.problem.contains("<pr_description>"))
        }
        // The words before a call are in no step.
        #expect(!trajectories.contains { $0.steps.contains { $0.contains("Let's ") && $0.hasPrefix("Let's") } })
    }
}
