import Foundation
import TestSupport
import Testing
import Trajectory

@Suite("Chat templates")
struct ChatTemplateTests {
    private func rendered(_ source: String, _ messages: [TemplateValue] = []) throws -> String {
        try ChatTemplate(source).render(messages: messages)
    }

    @Test("Conversations are rendered byte for byte as transformers renders them")
    func equalsTransformers() throws {
        let cases = try ChatTemplateFixtures.cases()
        #expect(cases.count > 500 && Set(cases.map(\.name)).count >= 20)
        let now = try #require(ChatTemplateFixtures.now)
        for example in cases {
            do {
                let text = try ChatTemplate(example.template).render(
                    messages: example.messages, tools: example.tools,
                    addGenerationPrompt: example.addsGenerationPrompt, variables: example.variables, now: now)
                // As bytes: canonically equivalent strings are equal in Swift.
                #expect(
                    example.rendered.map { Array($0.utf8) } == Array(text.utf8),
                    "\(example.name):\n\(text.debugDescription)\n\(example.rendered.debugDescription)")
            } catch let error as ChatTemplateError {
                #expect(example.rendered == nil, "\(example.name): \(error)")
            }
        }
    }

    @Test(
        "What is wrong or not supported is named, with its line",
        arguments: [
            ("a\n{% macro f() %}{% endmacro %}", "chat template, line 2: the tag {% macro %} is not supported"),
            ("{{ 'a' | wordwrap(3) }}", "chat template, line 1: the filter 'wordwrap' is not supported"),
            ("\n\n{{ 1 is prime }}", "chat template, line 3: the test 'prime' is not supported"),
            ("{{ cycler(1) }}", "chat template, line 1: the function 'cycler' is not supported"),
            ("{{ 'a'.format(1) }}", "chat template, line 1: the method .format(..) is not supported"),
            ("{{ [].append(1) }}", "chat template, line 1: lists cannot be changed: .append(..) is not allowed"),
            ("{{ a.b.c }}", "chat template, line 1: 'a' is undefined and has no 'b'"),
            ("{{ 'a' + 1 }}", "chat template, line 1: '+' cannot be applied to a string and a number"),
            ("{{ [1] }}", "chat template, line 1: writing a list as text is not supported; the filter tojson is"),
            (
                "{{ raise_exception('no roles') }}",
                "chat template, line 1: the template refuses this conversation: no roles"
            ),
            ("{% if x %}\n", "chat template, line 1: {% endif %} is missing for what begins here"),
            ("{{ 'a }}", "chat template, line 1: a string is not closed"),
            ("{{ a", "chat template, line 1: a tag {{ is not closed by }}"),
            ("{# a", "chat template, line 1: a comment {# is not closed"),
            ("{{ (1 }}", "chat template, line 1: '}' stands where ')' is expected"),
            ("{{ 1 $ 2 }}", "chat template, line 1: '$' cannot stand in a tag"),
            ("{{ 1 2 }}", "chat template, line 1: the tag is expected to end and '2' found"),
            ("{{ 1 / 0 }}", "chat template, line 1: a division by zero"),
            (
                "{{ 9223372036854775807 + 1 }}",
                "chat template, line 1: 9223372036854775807 + 1 is not an integer of 64 bits"
            ),
            ("{% set a.b = 1 %}", "chat template, line 1: 'a.b' cannot be set: 'a' is no namespace"),
        ])
    func names(source: String, message: String) throws {
        let error = #expect(throws: ChatTemplateError.self) { try rendered(source) }
        #expect(error?.description == message)
    }

    /// Each would hang, fill the memory or overflow the stack of an interpreter without bounds.
    @Test(
        "No template hangs or crashes",
        arguments: [
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
            "{{ range(10 ** 18) }}",
            "{{ 'a' * 10 ** 15 }}",
            "{{ '' * 10 ** 15 }}",
            "{% set n = namespace(s='ab') %}{% for a in range(100) %}{% set n.s = n.s + n.s %}{% endfor %}",
            "{% set n = namespace(s=[1, 2]) %}{% for a in range(100) %}{% set n.s = n.s + n.s %}{% endfor %}",
            "{% set n = namespace(s=[]) %}{% for a in range(100000) %}{% set n.s = [n.s] %}{% endfor %}",
            "{% set n = namespace(s=[1]) %}{% for a in range(50) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s | tojson }}",
            "{% set n = namespace(s={}) %}{% for a in range(100000) %}{% set n.s = {'a': n.s.items} %}{% endfor %}",
            "{% set n = namespace(s=[1]) %}{% for a in range(100000) %}{% for b in [n.s] %}{% set n.s = loop %}{% endfor %}{% endfor %}",
            "{% for a in range(100000) %}{{ 'x' * 100000 }}{% endfor %}",
            String(repeating: "(", count: 100_000),
            "{{ " + String(repeating: "(", count: 100_000),
            "{{ " + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000) + " }}",
            "{{ " + String(repeating: "not ", count: 100_000) + "1 }}",
            "{{ " + String(repeating: "-", count: 100_000) + "1 }}",
            "{{ 1" + String(repeating: " + 1", count: 100_000) + " }}",
            "{{ a" + String(repeating: ".a", count: 100_000) + " }}",
            "{{ 'a'" + String(repeating: " | trim", count: 100_000) + " }}",
            "{{ 1" + String(repeating: " if 1", count: 100_000) + " }}",
            "{{ 1" + String(repeating: " is defined", count: 100_000) + " }}",
            String(repeating: "{% if 1 %}", count: 100_000),
            String(repeating: "{% for a in [1] %}", count: 70) + String(repeating: "{% endfor %}", count: 70),
        ])
    func bounds(source: String) {
        do {
            let text = try rendered(source)
            #expect(text.utf8.count < 1 << 25)
        } catch {
            #expect(error is ChatTemplateError)
        }
    }

    @Test("Mutated templates are rendered or refused")
    func mutated() throws {
        var generator = SeededGenerator(seed: 5)
        let sources = Set(try ChatTemplateFixtures.cases().map(\.template)).sorted()
        let messages = [ChatTemplate.message("user", "a"), ChatTemplate.message("assistant", "<think>b</think>c")]
        let scraps = [
            "{{", "}}", "{%", "%}", "-", "'", "(", ")", "[", "]", ":", " if ", " in ", "|", ".", "loop", "messages",
            "0", "{#", "**",
        ]
        var outcomes: [Bool: Int] = [:]
        for _ in 0..<1500 {
            var scalars = Array((sources.randomElement(using: &generator) ?? "").unicodeScalars)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<scalars.count, using: &generator)
                let end = min(scalars.count, place + Int.random(in: 0...4, using: &generator))
                let scrap = Array((scraps.randomElement(using: &generator) ?? "").unicodeScalars)
                scalars.replaceSubrange(place..<end, with: Bool.random(using: &generator) ? scrap : [])
            }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            do {
                _ = try rendered(String(text), messages)
                outcomes[true, default: 0] += 1
            } catch is ChatTemplateError {
                outcomes[false, default: 0] += 1
            }
        }
        #expect((outcomes[true] ?? 0) > 100 && (outcomes[false] ?? 0) > 100)
    }

    @Test(
        "JSON keeps the order of keys, and what is wrong in it is named",
        arguments: [
            (
                "{\"b\": [1, -2.5e1, null], \"a\": \"\\ud83d\\ude00\\n/\"}",
                "{\"b\": [1, -25.0, null], \"a\": \"😀\\n/\"}"
            ),
            ("[1,\n 2", "chat template, line 2: in JSON, a ',' is missing"),
            ("\"\\ud83d\"", "chat template, line 1: in JSON, half a surrogate pair stands alone"),
            ("nul", "chat template, line 1: in JSON, 'nul' is no value"),
            ("{} x", "chat template, line 1: in JSON, something follows the value"),
        ])
    func json(text: String, expected: String) throws {
        do {
            let value = try TemplateValue(json: text)
            #expect(try ChatTemplate("{{ x | tojson }}").render(messages: [], variables: ["x": value]) == expected)
        } catch let error as ChatTemplateError {
            #expect(error.description == expected)
        }
    }
}
