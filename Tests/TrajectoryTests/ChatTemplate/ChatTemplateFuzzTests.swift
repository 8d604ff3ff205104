import Foundation
import TestSupport
import Testing
import Trajectory

/// Damaged and invented templates: each is refused with a ChatTemplateError or writes a conversation, and prompts too.
struct ChatTemplateFuzzTests {
    private static let scraps = [
        "{{", "}}", "{%", "%}", "-", "+", "'", "\"", "(", ")", "[", "]", ":", " if ", " else ", " in ", " is ", " not ",
        "|", ".", ",",
        "loop", "messages", "0", "-1", "{#", "#}", "**", "*", "//", "%", "~", "=", "==", " and ", "range(9)", "tojson",
        "items()", "'a'",
        "\\", "\\x", "none", "9999999999999999999", "1e400", "é", "\u{1}", "\r\n", "{% endif %}", "{% endfor %}",
        "{% set x = ", "_",
    ]

    private static let conversations: [[TemplateValue]] = {
        let texts = [
            #"[{"role": "user", "content": "a"}, {"role": "assistant", "content": "<think>b</think>\n\nc"}]"#,
            #"[{"role": "system", "content": " é\n"}, {"role": "user", "content": "𝔘 x,y"}, {"role": "tool", "content": "1"}]"#,
            #"[{"role": "user", "content": [{"type": "text", "text": "a"}]}, {"role": "assistant", "content": null,"#
                + #""tool_calls": [{"function": {"name": "f", "arguments": {"x": [1, 2.5, null]}}}]}]"#,
            "[]",
        ]
        return texts.compactMap { try? TemplateValue(json: $0).items }
    }()

    @Test func damagedAndInventedTemplates() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Fixtures/fuzz/templates")
        let constructs = try String(contentsOf: folder.appendingPathComponent("constructs.jinja"), encoding: .utf8)
        let seeds = (Set(try ChatTemplateFixtures.cases().map(\.template)).sorted() + [constructs]).map {
            Array($0.utf8)
        }
        #expect(Self.conversations.count == 4)
        let tool = try TemplateValue(json: #"{"type": "function", "function": {"name": "f", "parameters": {}}}"#)
        let now = Date(timeIntervalSince1970: 1_762_178_709)
        let campaign = try FuzzCampaign("chat-template") { random in
            let text: String
            if Bool.random(using: &random) {
                var grammar = TemplateGrammar(random)
                text = grammar.template()
                random = grammar.random
            } else {
                let seed = seeds.randomElement(using: &random) ?? []
                let other = seeds.randomElement(using: &random) ?? []
                text = String(decoding: random.mutated(seed, scraps: Self.scraps, other: other), as: UTF8.self)
            }
            do {
                let template = try ChatTemplate(text)
                let output = try template.render(
                    messages: Self.conversations.randomElement(using: &random) ?? [],
                    tools: Bool.random(using: &random) ? [tool] : nil,
                    addGenerationPrompt: Bool.random(using: &random),
                    variables: ["bos_token": .string("<s>"), "eos_token": .string("</s>")], now: now)
                #expect(output.utf8.count <= 16 << 20)
                do {
                    let fitted = try PromptTemplate.checkpoint.fitted(
                        to: "model", chatTemplate: text, variables: ["eos_token": "</s>"], isToken: { _ in true })
                    _ = fitted.segments(problem: "p", steps: ["s"])
                } catch let error as PromptTemplateError {
                    #expect(error.checkpoint == "model")
                }
                return true
            } catch is ChatTemplateError {
                return false
            }
        }
        #expect(campaign.accepted > 0 && campaign.refused > campaign.accepted / 20)
        #expect(campaign.memoryGrowth < 1 << 20, "a template took more than a GiB")
    }

    /// What the messages come from where they are read from a file.
    @Test func damagedMessages() throws {
        let seed = Array(
            #"[{"role": "user", "content": "a\u00e9\ud83d\ude00\n", "n": [1, -2.5e3, true, null, {}]}]"#.utf8)
        let scraps = [
            "\"", "\\", "\\u", "\\ud800", "{", "}", "[", "]", ",", ":", "1e999", "-", "tru", "é",
            "[[[[[[[[[[[[[[[[[[[[",
        ]
        let template = try ChatTemplate("{{ messages | tojson }}{{ messages == messages[::-1] }}")
        let campaign = try FuzzCampaign("chat-messages") { random in
            do {
                let text = String(decoding: random.mutated(seed, scraps: scraps, other: seed), as: UTF8.self)
                let value = try TemplateValue(json: text)
                _ = try template.render(messages: value.items ?? [value])
                return true
            } catch is ChatTemplateError {
                return false
            }
        }
        #expect(campaign.accepted > campaign.refused / 20 && campaign.refused > campaign.accepted / 20)
    }
}
