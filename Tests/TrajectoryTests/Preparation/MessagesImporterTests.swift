import Foundation
import Testing
import Trajectory

@Suite("Importing conversations")
struct MessagesImporterTests {
    private let running: PreparationRunning

    init() throws { running = try PreparationRunning() }

    private func message(_ role: String, _ content: String, _ more: String = "") -> String {
        "{\"role\": \"\(role)\", \"content\": \(JSONText.quoted(content))\(more)}"
    }

    private func row(_ messages: String...) -> String { #"{"messages": [\#(messages.joined(separator: ", "))]}"# }

    @Test("One answer of the assistant is a solution, its monologue left out and its steps numbered")
    func solution() throws {
        let outcome = try running.prepare(
            row(
                message("system", "s"), message("user", "q"),
                message("assistant", "<think>1. no\n2. no</think>1. a\n2. b\n\n\\boxed{4}")))
        #expect(outcome.trajectories[0].problem == "q")
        #expect(outcome.trajectories[0].steps == ["a", "b"])
        #expect(outcome.trajectories[0].answer == "4")
        #expect(outcome.trajectories[0].observations == nil)
        #expect(outcome.reasons[0] == "--format messages: the first row has messages")
        let kept = try running.prepare(
            row(message("system", "s"), message("user", "q"), message("assistant", "1. a\n2. b")),
            reading: { $0.keepsSystem = true })
        #expect(kept.trajectories[0].problem == "s\n\nq")
    }

    @Test("Of several turns each is a step, and what comes between is context; ShareGPT's names too")
    func turns() throws {
        let outcome = try running.prepare(
            #"{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}, {"from": "human", "value": "go on"},"#
                + #" {"from": "gpt", "value": "b"}]}"#)
        #expect(outcome.trajectories[0].steps == ["a", "b"])
        #expect(outcome.trajectories[0].observations == ["go on", ""])
    }

    @Test("Calls are steps, not the words before them; words without a call are one at the end alone")
    func calls() throws {
        let call =
            #", "tool_calls": [{"id": "1", "function": {"name": "ls", "arguments": "{\"path\": \"/\", \"all\": true}"}}]"#
        let outcome = try running.prepare(
            row(
                message("user", "q"), message("assistant", "Let me look.", call),
                message("tool", "OBSERVATION:\na\r\nb\r\n"),
                message("assistant", "Hm."), message("user", "Use a tool."),
                message("assistant", "", #", "tool_calls": [{"function": {"name": "cat", "arguments": {"n": 1}}}]"#),
                message("tool", "text"), message("assistant", "Done.")))
        #expect(
            outcome.trajectories[0].steps == [
                #"{"name": "ls", "arguments": {"path": "/", "all": true}}"#, #"{"name": "cat", "arguments": {"n": 1}}"#,
                "Done.",
            ])
        #expect(outcome.trajectories[0].observations == ["a\nb", "text", ""])
        #expect(outcome.report.notes == [.messageWithoutCallLeftOut: 1])
    }

    @Test("What of a message is the step can be chosen, and is found out otherwise")
    func actions() throws {
        let fenced = row(
            message("user", "q"), message("assistant", "Look:\n```bash\nls\n```"), message("user", "out"),
            message("assistant", "Then\n```\ncat a\ncat b\n```\nthat."))
        #expect(try running.prepare(fenced).trajectories[0].steps == ["ls", "cat a\ncat b"])
        #expect(
            try running.prepare(fenced, reading: { $0.action = .message }).trajectories[0].steps[0]
                == "Look:\n```bash\nls\n```")
        let two = row(
            message("user", "q"), message("assistant", "```\na\n```\n```\nb\n```"), message("user", "o"),
            message("assistant", "```\nc\n```"))
        #expect(try running.prepare(two).trajectories[0].steps[0] == "```\na\n```\n```\nb\n```")
        #expect(
            try running.prepare(two, .messages, reading: { $0.action = .fence }, options: { $0.minimumSteps = 1 })
                .trajectories[0].steps == ["c"])
    }

    @Test("TRL's prompt and completion; parts of text; a picture drops the row; a strange role stops")
    func shapes() throws {
        let outcome = try running.prepare(
            #"{"prompt": [{"role": "user", "content": [{"type": "text", "text": "q"}]}], "completion": [{"role": "assistant", "content": "1. a\n2. b"}]}"#
                + "\n" + row(message("user", "only a question")) + "\n"
                + #"{"messages": [{"role": "user", "content": [{"type": "image_url"}]}, {"role": "assistant", "content": "1. a\n2. b"}]}"#
        )
        #expect(outcome.trajectories.map(\.problem) == ["q"])
        #expect(outcome.report.dropped[.noAssistant]?.exampleLines == [2])
        #expect(outcome.report.dropped[.notText]?.examples.first?.field == "/messages/0/content/0")
        #expect { try running.prepare(row(message("narrator", "x")), .messages) } throws: {
            "\($0)".contains("rows.jsonl:1: /messages/0/role: the role 'narrator' is not known; known are assistant,")
        }
    }
}
