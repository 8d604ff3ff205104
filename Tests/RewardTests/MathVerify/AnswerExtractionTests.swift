import Reward
import Testing

@Suite struct AnswerExtractionTests {
    @Test(arguments: [
        ("So \\boxed{1}, no, \\boxed{2}.", "2"), ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
        ("\\boxed{1} and \\boxed{2}", "1, 2"),
        ("\\boxed{\\boxed{7}}", "7"), ("\\fbox{3} #### 4", "3"), ("\\boxed {5}", "5"),
        ("x \\boxed{4} then \\boxed{5", "4"),
        ("5 apples\n#### 1,250\n", " 1,250"), ("#### 4\n#### 5", " 5"), ("#### $6$", "6"), ("1/2", "1/2"),
        ("x + 1", "x + 1"), ("Yes", "Yes"),
        ("3 apples", "3 apples"), ("The answer is 12.", "12."), ("**Answer**: 3/4", "3/4"),
        ("The final answer is $\\frac12$. I hope.", "\\frac12"),
        ("The answer is $1$ and $2$.", "1, 2"), ("First 3, then 4, so 7 of them.", "7"), ("$x=2$ and so on", "x=2"),
        ("We get $x=2$ after 3 steps", "3"), ("It costs $5 and $6 then", "6"), ("so \\[ y \\]", " y "),
        ("at last -5 remain", "-5"),
        ("it falls by 12.5 % now", "12.5 %"), ("about 1,234,567 people live there", "1,234,567"),
        ("there is H2O and x1 but 9 more", "9"),
    ])
    func finds(text: String, answer: String) throws {
        #expect(try MathVerifier().answer(in: text).text == answer)
    }

    @Test func theOrderIsConfigurable() throws {
        let text = "The answer is 3. \\boxed{1}\n#### 2\nin 4 steps"
        func found(_ sources: [AnswerSource]) throws -> String {
            try MathVerifier(sources: sources).answer(in: text).text.filter { !$0.isWhitespace }
        }
        #expect(try found(AnswerSource.standard) == "1")
        #expect(try found([.hashes, .boxed]) == "2")
        #expect(try found([.last]) == "4")
        #expect(throws: MathSyntaxError.self) { try MathVerifier(sources: [.whole]).answer(in: text) }
    }

    @Test func noAnswerIsSaid() {
        let error = #expect(throws: MathSyntaxError.self) {
            try MathVerifier().answer(in: "I do not know what to say about this.")
        }
        #expect(error?.message == "there is no answer in it (looked for boxed, hashes, whole, statement, last)")
    }
}
