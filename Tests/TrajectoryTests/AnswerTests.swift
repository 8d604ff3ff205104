import Testing
import Trajectory

@Suite("Answers in text")
struct AnswerTests {
    @Test(
        "The answer of an action",
        arguments: [
            ("#### 72", "72"), ("####72", "72"), ("####   1,250.  ", "1250"), ("#### $5", "5"), ("#### -3", "-3"),
            ("so it is 3\n#### 4", "4"), ("  #### 4", "4"), ("#### 4\nand more", "4"), ("#### 4\n#### 5\n", "5"),
            ("#### 4\r\n", "4"), ("#### x + 1", "x + 1"), ("#### \\frac{1}{2}", "\\frac{1}{2}"),
            (#"Thus \boxed{42}."#, "42"), (#"\boxed{1} \boxed{\frac{1}{2}}"#, #"\frac{1}{2}"#),
            (#"\boxed{a} then \boxed{unclosed"#, "a"), (#"\boxed{1,000}"#, "1000"), (#"\boxed{1}\n#### 2"#, "1"),
            ("\\boxed{1}\n#### 2", "2"),
        ])
    func stated(action: String, answer: String) {
        #expect(PromptTemplate.compact.answer(in: action) == answer)
        #expect(PromptTemplate.chat.answer(in: action) == answer)
    }

    @Test(
        "No answer",
        arguments: ["", "72", "the #### 72", "####", "#### ", "#### .", "### 72", #"\boxed{}"#, #"\boxed{7"#])
    func none(action: String) {
        #expect(PromptTemplate.compact.answer(in: action) == nil)
    }

    @Test(
        "What does not change an answer is dropped, and nothing else",
        arguments: [
            ("72", "72"), (" 72 ", "72"), ("72.", "72"), ("$72", "72"), ("72$", "72"), ("$1,250.50", "1250.50"),
            ("-$1,000,000", "-1000000"), ("$-5", "-5"), ("\\$5", "5"), ("1 000", "1000"), ("- 5", "-5"),
            ("1,00", "1,00"), ("1,2,3", "1,2,3"), ("1000,000", "1000,000"), ("(1,250)", "(1,250)"), ("3.", "3"),
            (".5", ".5"), ("1.2.3", "1.2.3"), ("two words", "two words"), ("50%", "50%"), ("", ""), ("٣", "٣"),
        ])
    func normalized(text: String, expected: String) {
        #expect(PromptTemplate.normalizedAnswer(text) == expected)
        #expect(PromptTemplate.normalizedAnswer(expected) == expected)
    }

    @Test("The answer step states the answer")
    func step() {
        #expect(PromptTemplate.compact.answerStep("72") == "#### 72")
    }
}
