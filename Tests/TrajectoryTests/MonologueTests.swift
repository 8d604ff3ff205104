import TestSupport
import Testing
import Trajectory

@Suite("The form of a completion")
struct MonologueTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let completion: String
        let expected: ParsedCompletion

        var testDescription: String { completion.debugDescription }
    }

    private static func good(_ completion: String, _ monologue: String, _ action: String) -> Case {
        Case(completion: completion, expected: .action(monologue: monologue, action: action))
    }

    private static func bad(_ completion: String, _ violation: FormatViolation) -> Case {
        Case(completion: completion, expected: .violation(violation))
    }

    static let wellFormedCases = [
        good("<think>a</think>b", "a", "b"),
        // White space around and within.
        good("<think>\na\n</think>\n\nb\n", "\na\n", "b"),
        good(" \r\n\t<think>a</think>b", "a", "b"),
        good("<think>a</think>\r\n\r\nb\r\n", "a", "b"),
        good("<think>a</think>b \t\n\u{A0}\u{2028}", "a", "b"),
        good("<think>a</think> b", "a", " b"),
        good("<think>a</think> \t\n    return 1\n", "a", "    return 1"),
        // Many lines on both sides.
        good("<think>a\n\nb</think>x = 1\n\ny = 2\n#### 3", "a\n\nb", "x = 1\n\ny = 2\n#### 3"),
        // The monologue may be empty.
        good("<think></think>b", "", "b"),
        good("<think> \n</think>b", " \n", "b"),
        // Things that look like tags and are none.
        good("<think>a <b> < think> <think</think>b", "a <b> < think> <think", "b"),
        good("<think>a</THINK></think>b", "a</THINK>", "b"),
        good("<think>a</think>b </Think> <THINK> </think > <think/>", "a", "b </Think> <THINK> </think > <think/>"),
        good("<think>1 << 2 <</think>3 < 4 <", "1 << 2 <", "3 < 4 <"),
        good("<think><<</think><<think", "<<", "<<think"),
        good("<think>&lt;think&gt;</think>&lt;/think&gt;", "&lt;think&gt;", "&lt;/think&gt;"),
        // Combining marks that join a tag's last character, and no Unicode normalisation.
        good("<think>\u{301}a</think>\u{301}b", "\u{301}a", "\u{301}b"),
        good("<think>e\u{301}</think>\u{E9} e\u{301} 👨‍👩‍👧", "e\u{301}", "\u{E9} e\u{301} 👨‍👩‍👧"),
        good("<think>a</think>\u{0}b\u{FFFD}", "a", "\u{0}b\u{FFFD}"),
    ]

    static let violationCases = [
        bad("", .missingOpeningTag),
        bad(" \n", .missingOpeningTag),
        bad("b", .missingOpeningTag),
        bad("a</think>b", .missingOpeningTag),
        bad("</think>b", .missingOpeningTag),
        bad("<THINK>a</THINK>b", .missingOpeningTag),
        bad("<Think>a</think>b", .missingOpeningTag),
        bad("<think >a</think>b", .missingOpeningTag),
        bad("Sure! <think>a</think>b", .textBeforeOpeningTag),
        bad("\u{FEFF}<think>a</think>b", .textBeforeOpeningTag),
        bad("<<think>a</think>b", .textBeforeOpeningTag),
        bad("x<think>", .textBeforeOpeningTag),
        bad("</think><think>a</think>b", .closingTagFirst),
        bad("</think>b<think>a", .closingTagFirst),
        bad("<think>", .unclosed),
        bad("<think>a", .unclosed),
        bad("<think>a</think", .unclosed),
        bad("<think>a</Think>b", .unclosed),
        bad("<think>a<think>b</think>c", .nested),
        bad("<think>a<think>b</think>c</think>d", .nested),
        bad("<think><think>a</think></think>b", .nested),
        bad("<think><think>", .nested),
        bad("<think>a</think>b<think>c</think>d", .repeated),
        bad("<think>a</think><think>c</think>d", .repeated),
        bad("<think>a</think>write <think> here", .repeated),
        bad("<think>a</think></think>b", .strayClosingTag),
        bad("<think>a</think>b</think>", .strayClosingTag),
        bad("<think>a</think>b</think><think>c", .strayClosingTag),
        bad("<think></think>", .emptyAction),
        bad("<think>a</think>", .emptyAction),
        bad("<think>a</think> \r\n\t\u{A0}\u{2029}", .emptyAction),
    ]

    @Test("Well-formed completions give their action as it is", arguments: wellFormedCases)
    func wellFormed(_ example: Case) {
        let parsed = Monologue.parse(example.completion)
        #expect(parsed == example.expected)
        // String equality ignores Unicode normalisation; the bytes must not.
        #expect("\(parsed)".utf8.elementsEqual("\(example.expected)".utf8))
    }

    @Test("All else is a violation with its reason", arguments: violationCases)
    func violation(_ example: Case) {
        #expect(Monologue.parse(example.completion) == example.expected)
    }

    @Test("Every violation is in the table, and says what it is")
    func everyViolation() {
        let seen = Set(
            Self.violationCases.compactMap { example -> FormatViolation? in
                if case .violation(let violation) = example.expected { violation } else { nil }
            })
        #expect(seen == Set(FormatViolation.allCases))
        #expect(Set(FormatViolation.allCases.map(\.description)).count == FormatViolation.allCases.count)
    }

    @Test("Pieces of tags in any order never crash, and are well-formed only when the form is there")
    func randomTags() {
        var random = SeededGenerator(seed: 3)
        let parts = ["<think>", "</think>", "<", "/think>", "a", " ", "\n", "é"]
        var wellFormed = 0
        for _ in 0..<20_000 {
            let completion = (0..<Int.random(in: 0...8, using: &random)).map { _ in parts.randomElement(using: &random)!
            }
            .joined()
            guard case .action(let monologue, let action) = Monologue.parse(completion) else { continue }
            wellFormed += 1
            #expect(completion.components("<think>") == 2)
            #expect(completion.components("</think>") == 2)
            #expect(completion.contains("<think>\(monologue)</think>"))
            #expect(completion.hasSuffix(action) || completion.last?.isWhitespace == true)
            #expect(!action.isEmpty && Monologue.trimmed(action) == action)
        }
        #expect(wellFormed > 100)
    }

    @Test("A megabyte of opening brackets is read in one pass")
    func long() {
        let brackets = String(repeating: "<", count: 1 << 20)
        #expect(
            Monologue.parse("<think>\(brackets)</think>\(brackets)") == .action(monologue: brackets, action: brackets))
        #expect(
            Monologue.parse("<think>a</think>" + String(repeating: " ", count: 1 << 20)) == .violation(.emptyAction))
    }
}

extension String {
    /// How many parts `separator` cuts the text into.
    fileprivate func components(_ separator: String) -> Int {
        ranges(of: separator).count + 1
    }
}
