import Testing
import Trajectory

@Suite("Prompts through chat templates")
struct ChatFrameTests {
    private static let names = [
        "qwen2_5", "qwen3", "qwen3_instruct_2507", "llama3", "llama3_1", "llama3_2", "smollm2", "qwen2",
    ]
    private let variables = ["bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"]
    private let problem = " \n What is <|im_end|> 2 + 2?\u{A0}\n"
    private let steps = ["Two and two. ", "\nThey make 4."]

    private func fitted(_ name: String) throws -> (PromptTemplate, ChatTemplate) {
        let chat = try ChatTemplateFixtures.template(name)
        let template = try PromptTemplate.checkpoint.fitted(
            to: nil, chatTemplate: chat.source, variables: variables,
            isToken: { $0.hasPrefix("<|") && $0.hasSuffix("|>") })
        return (template, chat)
    }

    private func rendered(_ chat: ChatTemplate, _ system: String, _ user: String) throws -> [UInt8] {
        let text = try chat.render(
            messages: [ChatTemplate.message("system", system), ChatTemplate.message("user", user)],
            addGenerationPrompt: true, variables: variables.mapValues { .string($0) })
        return Array(text.utf8)
    }

    @Test("The segments together are the conversation as the template renders it", arguments: names)
    func segmentsAreTheRendering(name: String) throws {
        let (template, chat) = try fitted(name)
        let system = try #require(template.system)
        var user = "Problem:\n\(problem)\n\n"
        for count in 0...2 {
            if count > 0 { user += "Step \(count):\n\(steps[count - 1])\n\n" }
            let segments = template.segments(problem: problem, steps: steps.prefix(count))
            #expect(segments.count == count + 2)
            #expect(Array(segments.joined().text.utf8) == (try rendered(chat, system, user + "Write the next step.")))
        }
        let directSystem = try #require(template.directSystem)
        #expect(Array(template.directProblem(problem).text.utf8) == (try rendered(chat, directSystem, problem)))
    }

    @Test("Data stays data, and the turn ends as the template ends it", arguments: names)
    func pieces(name: String) throws {
        let (template, _) = try fitted(name)
        let pieces = template.segments(problem: problem, steps: steps).joined()
        #expect(pieces.contains(.data(problem)) && pieces.contains(.data(steps[0])))
        #expect(!pieces.contains { $0.isTemplate && $0.text.contains("2 + 2") })
        let end = name.hasPrefix("llama") ? "<|eot_id|>" : "<|im_end|>"
        #expect(template.stopTokens == [end])
        #expect(template.completion(monologue: "m", action: "a").text == "<think>m</think>\na\(end)")
    }

    @Test("A template that cannot be cut into segments is refused with the reason")
    func refused() {
        func message(_ source: String?) -> String? {
            let error = #expect(throws: PromptTemplateError.self) {
                try PromptTemplate.checkpoint.fitted(
                    to: nil, chatTemplate: source, variables: [:], isToken: { _ in true })
            }
            return error?.description
        }
        #expect(
            message(nil) == "chat template: the checkpoint has none; choose the prompt template 'chat' or 'compact'")
        #expect(
            message("{% for m in messages %}{{ m.content }}{{ m.content }}<e>{% endfor %}")
                == "chat template: it writes the content of the user message 2 times or changed; "
                + "prompts are made of templates that write each content once and as it is")
        #expect(
            message("{% for m in messages %}{{ m.content }}{% endfor %}")
                == "chat template: it writes nothing after an assistant's message that would end it")
        #expect(
            message(
                "{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}{% for m in messages %}{{ m.content }}<e>{% endfor %}"
            ) == "chat template: it has no place for a system message; set system and directSystem to \"\"")
    }

    @Test("Tokens of the template that the tokenizer lacks are named, with the checkpoint")
    func missingTokens() throws {
        func message(_ template: PromptTemplate, _ source: String? = nil, having: Set<String>) throws -> String {
            let error = #expect(throws: PromptTemplateError.self) {
                try template.fitted(
                    to: "models/m", chatTemplate: source, variables: variables, isToken: having.contains)
            }
            return try #require(error?.description)
        }
        #expect(
            try message(.chat, having: ["<|endoftext|>"]) == """
                models/m: the tokenizer has no <|im_start|>, <|im_end|>, which the prompt template 'chat' is made of; \
                choose a prompt template that goes with the checkpoint ('checkpoint' lays prompts out by its own chat template), \
                or a tokenizer that has the token
                """)
        #expect(try message(.compact, having: []).hasPrefix("models/m: the tokenizer has no <|im_end|>, which"))
        let llama = try ChatTemplateFixtures.template("llama3").source
        #expect(
            try message(.checkpoint, llama, having: ["<|begin_of_text|>", "<|eot_id|>"])
                .hasPrefix("models/m: the tokenizer has no <|start_header_id|>, <|end_header_id|>, which"))
        // The end of a turn is needed however it is written.
        let other = "{% for m in messages %}{{ m.role }}: {{ m.content }}</end>{% endfor %}"
        #expect(try message(.checkpoint, other, having: []).hasPrefix("models/m: the tokenizer has no </end>, which"))
        #expect(
            try message(.checkpoint, "{% if %}", having: [])
                == "models/m: chat template, line 1: a value is expected and '%}' found")
    }

    @Test("White space at a content's ends is found whatever character stands beside it")
    func charactersThatJoin() throws {
        // U+0600 joins with what follows it, U+0301 with what comes before it, to one character.
        let source = "{% for m in messages %}<|a|>\u{600}{{ m.content }}\u{301}<|b|>{% endfor %}"
        let template = try PromptTemplate.checkpoint.fitted(
            to: nil, chatTemplate: source, variables: [:], isToken: { _ in true })
        let text = template.directProblem(" p ").text
        // The system message comes first.
        let before = "<|a|>\u{600}\(template.directSystem ?? "")\u{301}<|b|>"
        #expect(text.unicodeScalars.elementsEqual("\(before)<|a|>\u{600} p \u{301}<|b|>".unicodeScalars))
    }

    @Test("Other templates are not laid out anew")
    func others() throws {
        func fitted(_ template: PromptTemplate, _ source: String?) throws -> PromptTemplate {
            try template.fitted(to: nil, chatTemplate: source, variables: [:], isToken: { _ in true })
        }
        #expect(try fitted(.chat, "x") == .chat)
        #expect(try fitted(.compact, nil) == .compact)
        // Until it is fitted it is ChatML.
        #expect(PromptTemplate.checkpoint.problemSegment("p") == PromptTemplate.chat.problemSegment("p"))
    }
}
