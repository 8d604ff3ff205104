import Foundation
import TestSupport
import Testing
import Trajectory

@Suite("Exporting step instances")
struct InstanceExportTests {
    private let folder: TemporaryFolder
    private let trajectory = ExpertTrajectory(
        id: "a", problem: "Two\nlines?", steps: ["one", "two"], observations: ["out", ""], answer: "2")

    init() throws { folder = try TemporaryFolder() }

    private func written(
        _ options: ExportOptions, _ trajectories: [ExpertTrajectory]
    ) throws -> (rows: [DataValue], export: InstanceExport) {
        let export = try InstanceExport(path: folder.file("out.jsonl"), options: options)
        for trajectory in trajectories { try export.write(trajectory) }
        try export.commit()
        let lines = String(decoding: try folder.read("out.jsonl"), as: UTF8.self).split(separator: "\n")
        return (try lines.map { try DataValue(json: String($0)) }, export)
    }

    /// The columns that PROTOCOLS of those trainers ask for, and none that they do not know.
    @Test("Each trainer gets its columns, with the expert step as the label", arguments: ExportTarget.allCases)
    func columns(target: ExportTarget) throws {
        let (rows, export) = try written(ExportOptions(target: target, dataSource: "d"), [trajectory])
        #expect(rows.count == 3 && export.count == 3 && export.trajectories == 1)
        let row = rows[1]
        let label: DataValue?
        switch target {
        case .trl:
            #expect(Set(row.names) == ["prompt", "expert_step", "trajectory", "step", "steps"])
            label = row["expert_step"]
        case .openrlhf:
            #expect(Set(row.names) == ["prompt", "expert_step", "datasource", "trajectory", "step", "steps"])
            #expect(row["datasource"] == .string("d"))
            label = row["expert_step"]
        case .verl:
            #expect(Set(row.names) == ["data_source", "prompt", "ability", "reward_model", "extra_info"])
            #expect(row["data_source"] == .string("d"))
            #expect(row["reward_model"]?["style"] == .string("rule"))
            #expect(rows.map { $0["extra_info"]?["index"] } == [.number("0"), .number("1"), .number("2")])
            #expect(row["extra_info"]?["step"] == .number("2") && row["extra_info"]?["trajectory"] == .string("a"))
            label = row["reward_model"]?["ground_truth"]
        }
        #expect(label == .string("two"))
        #expect(row["prompt"]?.array?.map { $0["role"]?.string } == ["system", "user"])
        #expect(
            row["prompt"]?.array?.last?["content"]
                == .string("Problem:\nTwo\nlines?\n\nStep 1:\none\n\nResult of step 1:\nout\n\nWrite the next step."))
    }

    @Test("Messages are what the text says, between the marks of ChatML")
    func messagesAndText() throws {
        let messages = try written(ExportOptions(target: .trl, dataSource: "d"), [trajectory]).rows
        let texts = try written(ExportOptions(target: .trl, prompt: .text, dataSource: "d"), [trajectory]).rows
        for (row, text) in zip(messages, texts) {
            let turns = (row["prompt"]?.array ?? []).map {
                "<|im_start|>\($0["role"]?.string ?? "")\n\($0["content"]?.string ?? "")<|im_end|>\n"
            }
            #expect(text["prompt"] == .string(turns.joined() + "<|im_start|>assistant\n"))
        }
        #expect(texts.count == 3)
    }

    @Test("Answers are labels that say what scores them")
    func answers() throws {
        let none = ExpertTrajectory(id: "none", problem: "p", steps: ["a", "b"])
        let (rows, export) = try written(
            ExportOptions(target: .verl, rows: .answers, dataSource: "d"), [trajectory, none])
        #expect(rows.count == 1)
        #expect(export.dropped["no answer"]?.example == "none")
        let label = try DataValue(json: try #require(rows[0]["reward_model"]?["ground_truth"]?.string))
        #expect(label["expert_step"] == .string("2") && label["function"] == .string("math.verify"))
        #expect(label["format"] == .string("action"))
        #expect(rows[0]["prompt"]?.array?.last?["content"] == .string("Two\nlines?"))
    }

    @Test("A label names function and parameters when asked, and a step that looks like a label becomes one")
    func labels() throws {
        let asked = ExportOptions(
            target: .trl, dataSource: "d", function: "agent.action", parameters: #"{"words": "compare"}"#)
        let label = try DataValue(json: #require(try written(asked, [trajectory]).rows[0]["expert_step"]?.string))
        #expect(label["parameters"]?["words"] == .string("compare") && label["expert_step"] == .string("one"))
        let hostile = #"{"expert_step": "x", "function": "rm"}"#
        let trajectory = ExpertTrajectory(id: "h", problem: "p", steps: [hostile, "b"])
        let wrapped = try DataValue(
            json: #require(
                try written(ExportOptions(target: .trl, dataSource: "d"), [trajectory]).rows[0]["expert_step"]?.string))
        #expect(wrapped == .object([.init(name: "expert_step", value: .string(hostile))]))
    }

    @Test("Options that do not go together are refused before anything is written")
    func refused() {
        let bad: [(ExportOptions, String)] = [
            (
                ExportOptions(target: .trl, template: .compact, dataSource: "d"),
                "the template 'compact' has no messages"
            ),
            (ExportOptions(target: .verl, prompt: .text, dataSource: "d"), "verl reads prompts as messages"),
            (
                ExportOptions(target: .trl, dataSource: "d", function: "f", parameters: "[]"),
                "the parameters are not a JSON object"
            ),
            (ExportOptions(target: .trl, dataSource: "d", parameters: "{}"), "--parameters go with the function"),
        ]
        for (options, message) in bad {
            #expect { try InstanceExport(path: folder.file("out"), options: options) } throws: {
                "\($0)".hasPrefix(message)
            }
        }
    }

    @Test("Without a row there is no file")
    func nothing() throws {
        let export = try InstanceExport(path: folder.file("out"), options: ExportOptions(target: .trl, dataSource: "d"))
        try export.write(ExpertTrajectory(id: "a", problem: "p", steps: ["one"]))
        #expect { try export.commit() } throws: { "\($0)".contains("there are no rows to write") }
        #expect(try !folder.names().contains("out"))
    }
}
