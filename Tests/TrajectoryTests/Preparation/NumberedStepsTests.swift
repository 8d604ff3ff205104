import Testing
import Trajectory

@Suite("Numbered steps")
struct NumberedStepsTests {
    private let running: PreparationRunning

    init() throws { running = try PreparationRunning() }

    private func steps(_ solution: String) throws -> [String] {
        let outcome = try running.steps(solution)
        let first = outcome.trajectories.first { $0.problem == "first" }
        return try #require(first, "\(outcome.report)").steps
    }

    @Test("NuminaMath's and R1's form: titles stay, the indentation of a list's item goes")
    func titled() throws {
        #expect(
            try steps(
                """
                1. **Set up**: let \\(x\\) be the number.
                   \\[
                     x + 1 = 3
                   \\]

                2. **Solve:**
                   - Subtract 1.
                   - So \\(x = 2\\).

                3. **Check.** \\(2 + 1 = 3\\).

                The final answer is \\(\\boxed{2}\\).
                """) == [
                    "**Set up**: let \\(x\\) be the number.\n\\[\n  x + 1 = 3\n\\]",
                    "**Solve:**\n- Subtract 1.\n- So \\(x = 2\\).", "**Check.** \\(2 + 1 = 3\\).",
                ])
    }

    @Test(
        "The ways in which people number steps",
        arguments: [
            "1. one\n2. two", "1) one\n2) two", "  1. one\n  2. two", "Step 1: one\nStep 2: two",
            "step 1. one\nSTEP 2. two",
            "**Step 1:** one\n**Step 2:** two", "**Step 1**: one\n\n**Step 2**: two",
            "### Step 1: one\n### Step 2: two",
            "#### Step 1\none\n\n#### Step 2\ntwo", "## 1. one\n## 2. two", "**1.** one\n**2.** two",
            "Step 1 - one\nStep 2 — two", "1. one\r\n2. two\r\n", "1. one\n\n---\n\n2. two", "Step 1：one\nStep 2：two",
            "1.\none\n2.\ntwo",
        ])
    func forms(solution: String) throws {
        #expect(try steps(solution) == ["one", "two"])
    }

    @Test(
        "Lists within steps, code and numbers in sentences begin no step",
        arguments: [
            "1. one\n   1. a\n   2. b\n2. two", "1. one\n\t1. a\n2. two", "1. one\n```\n1. code\n2. code\n```\n2. two",
            "1. one\n3.14 is pi\n2. two", "### Step 1\none\n1. a\n2. b\n### Step 2\ntwo\n1. c",
            "1. **one**\n1. a\n2. b\n2. **two**", "1. one\n~~~\n```\n2. x\n~~~\n2. two",
            "Step 1: one\n#### Step 1.1: a\nStep 2: two",
        ])
    func nested(solution: String) throws {
        let steps = try steps(solution)
        #expect(steps.count == 2)
        #expect(steps[0].contains("one") && steps[1].contains("two"), "\(steps)")
    }

    @Test("A fence that is never closed hides no step")
    func openFence() throws {
        #expect(try steps("1. one ```\n```\n2. two\n3. three") == ["one ```\n```", "two", "three"])
    }

    @Test("Titles in bold of **Step N: Title** stay bold, and can be left out")
    func titles() throws {
        let solution = "**Step 1: Count**\nThere are 3.\n**Step 2: Add**: 3 + 1."
        #expect(try steps(solution) == ["**Count**\nThere are 3.", "**Add**: 3 + 1."])
        let without = try running.steps(solution) { $0.keepsTitles = false }
        #expect(without.trajectories[0].steps == ["There are 3.", "3 + 1."])
        let only = try running.steps("1. **Only a title**\n2. **T**: body") { $0.keepsTitles = false }
        #expect(only.trajectories[0].steps == ["**Only a title**", "body"])
    }

    @Test(
        "What stands before the first step joins it, is a step, or goes; headings that announce steps always go",
        arguments: [
            (PreparationFormat.Introduction.join, ["Let x be it.\n\none", "two"]),
            (.step, ["Let x be it.", "one", "two"]),
            (.drop, ["one", "two"]),
        ])
    func introduction(choice: PreparationFormat.Introduction, expected: [String]) throws {
        let outcome = try running.steps("Let x be it.\n\n#### Solution:\n\n1. one\n2. two") { $0.introduction = choice }
        #expect(outcome.trajectories[0].steps == expected)
        #expect(outcome.report.notes[.introductionDropped] == (choice == .drop ? 1 : nil))
    }

    @Test("Headings may announce the list, and a conclusion may follow it")
    func announced() throws {
        #expect(
            try steps("### Solution\n\n1. one\n2. two\n\n### Conclusion\nSo it is.")
                == ["one", "two\n\n### Conclusion\nSo it is."])
    }

    @Test(
        "Numbers that are not 1, 2, 3, .. drop the row and are named",
        arguments: [
            ("1. a\n2. b\n1. c\n2. d", DropReason.numbersOutOfOrder, "1, 2, 1, 2"),
            ("1. a\n3. b", .numbersOutOfOrder, "1, 3"), ("1. a\n1. b\n1. c", .numbersOutOfOrder, "1, 1, 1"),
            ("2. a\n3. b", .numbersOutOfOrder, "2, 3"),
            ("### Step 1\na\n### Step 1\nb\n1. c\n2. d", .numbersOutOfOrder, "1, 1"),
            ("no steps\n\nat all", .noNumberedSteps, "starts \"no steps at all\""),
            ("Intro.\n\n#### Case 1\n\nText.\n\n1. a\n2. b", .listWithinSections, "#### Case 1"),
            ("#### Case 1\n1. a\n2. b\n\n#### Case 2\nc", .listWithinSections, "#### Case 2"),
            ("1. only one", .noNumberedSteps, "starts \"1. only one\""), ("1.\n2. b", .emptyStep, "step 1"),
        ])
    func dropped(solution: String, reason: DropReason, detail: String) throws {
        let report = try running.steps(solution).report
        #expect(report.kept == 1)
        let example = try #require(report.dropped[reason]?.examples.first, "\(report)")
        #expect(example.line == 1 && example.field == "/solution" && example.detail == detail)
    }

    @Test(
        "A closing sentence that only states the answer is the answer; one that says more stays",
        arguments: [
            ("The final answer is $\\boxed{5}$.", true), ("$$\\boxed{5}$$", true),
            ("Therefore, the answer is: **\\(\\boxed{5}\\)**", true),
            ("#### 5", true), ("Thus, the number of cats is $\\boxed{5}$.", false), ("So 2 + 3 = \\boxed{5}.", false),
        ])
    func statement(sentence: String, isRemoved: Bool) throws {
        let outcome = try running.steps("1. one\n2. two\n\n\(sentence)")
        #expect(outcome.trajectories[0].steps == ["one", isRemoved ? "two" : "two\n\n\(sentence)"])
        #expect(outcome.trajectories[0].answer == "5")
    }

    @Test(
        "The answer is the last box, with braces of its own, or the last line after ####",
        arguments: [
            ("1. \\boxed{1}\n2. so \\boxed{\\frac{1}{2}} it is", "\\frac{1}{2}"), ("1. a\n2. b \\boxed{1,250}", "1250"),
            ("1. a\n2. b\n#### 1,250", "1250"), ("1. a\n2. b \\fbox{7}", "7"), ("1. a\n2. b \\boxed{7", nil),
            ("1. a\n2. b", nil),
            ("#### Step 1: a\n\n#### Step 2: b", nil),
        ] as [(String, String?)])
    func answers(solution: String, expected: String?) throws {
        #expect(try running.steps(solution).trajectories[0].answer == expected)
    }
}
