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
            ("{{ 1 // 0 }}", "chat template, line 1: a division by zero"),
            (
                "{{ " + String(repeating: "a", count: 251) + " }}",
                "chat template, line 1: a name of more than 250 characters"
            ),
            (
                "{{ range(100000) | tojson(separators=('x' * 1000, ':')) }}",
                "chat template, line 1: tojson writes a text larger than 16777216"
            ),
            (
                String(repeating: " ", count: 1 << 20) + "\n",
                "chat template: it has 1048577 bytes, more than the 1048576 that are read"
            ),
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
            // The sum of this and what was made before is no integer.
            "{{ 'a' ~ 'b' }}{{ 'x' * 9223372036854775807 }}",
            // Searching took the product of both lengths.
            "{% set a = 'a' * 8000000 %}{% set b = 'a' * 4000000 ~ 'b' %}{{ b in a }}{{ a.find(b) }}{{ a.replace(b, '') }}",
            // Lists of single characters took 32 times the memory of their text.
            "{{ ('x' * 16000000) | list | length }}",
            "{% for c in 'x' * 16000000 %}{% endfor %}",
            "{{ ('x' * 16000000).split('x') | length }}",
            "{{ (' ' * 16000000).split() | length }}",
            "{{ ('\n' * 16000000).splitlines() | length }}",
            "{{ ('x' * 16000000).replace('x', '') | length }}",
            // An indent, or a separator, made a text far larger than the value.
            "{% set n = namespace(s=range(100000)) %}{% for i in range(50) %}{% set n.s = [n.s] %}{% endfor %}{{ n.s | tojson(indent=100) }}",
            "{{ range(100000) | tojson(separators=('x' * 1000000, ':')) }}",
            // Work on whole lists and texts counted as one step.
            "{% set l = range(100000) %}{% for i in l %}{% set x = l | select %}{% endfor %}",
            "{% set l = range(100000) %}{% for i in l %}{% set x = l | reverse %}{% endfor %}",
            "{% set l = range(100000) %}{% for i in l %}{% set x = l | map('int') %}{% endfor %}",
            "{% set a = 'x' * 10000000 %}{% for i in range(100000) %}{% set x = ''.strip(a) %}{% endfor %}",
            "{% set a = 'x' * 10000000 %}{% for i in range(100000) %}{% set x = a.startswith([a, a]) %}{% endfor %}",
            "{% set a = '9' * 10000000 %}{% for i in range(100000) %}{% set x = a | int %}{% endfor %}",
            "{% set a = 'x' * 10000000 %}{% for i in range(100000) %}{% set x = messages | map(attribute=a) %}{% endfor %}",
            "{% for i in range(100000) %}{{ " + String(repeating: "a", count: 100_000) + " }}{% endfor %}",
            String(repeating: "a", count: 2 << 20),
        ])
    func bounds(source: String) {
        let memory = ProcessMemory.peak
        defer { #expect(ProcessMemory.peak - memory < 1 << 20, "rendering took more than a GiB") }
        do {
            let text = try rendered(source)
            #expect(text.utf8.count < 1 << 25)
        } catch {
            #expect(error is ChatTemplateError)
        }
    }

    @Test("Messages of the length of a model's context are within the bounds")
    func longMessages() throws {
        let text = String(repeating: "abc def\n", count: 25_000)
        let messages = (0..<20).map { ChatTemplate.message($0.isMultiple(of: 2) ? "user" : "assistant", text) }
        for name in ["qwen2_5", "qwen3", "llama3_1", "smollm2"] {
            let rendered = try ChatTemplateFixtures.template(name).render(
                messages: messages, variables: ["bos_token": .string("")])
            #expect(rendered.utf8.count > 3_500_000)
        }
    }

    @Test("What an object of many keys has is found, and the last of equal keys counts")
    func manyKeys() throws {
        let entries = (0..<40).map { "'k\($0)': \($0)" } + ["'k7': 'seven'", "'e\u{301}': 1", "'é': 2"]
        let source =
            "{% set o = {" + entries.joined(separator: ", ")
            + "} %}{{ o.k3 }} {{ o['k7'] }} {{ 'k40' in o }} {{ o | length }}"
            + " {{ o['e\u{301}'] }}{{ o['é'] }}"
        #expect(try rendered(source) == "3 seven False 42 12")
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
