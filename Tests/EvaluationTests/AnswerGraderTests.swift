import Evaluation
import Testing

@Suite struct AnswerGraderTests {
    @Test(arguments: [
        ("27", "27.0"), ("025", "25"), ("1,000", "1000"), ("$72", "72"), ("72.", "72"), (" 72 ", "72"), ("1/2", "0.5"),
        ("-3", "-3.00"), ("2/4", "1/2"), ("+5", "5"), (".5", "0.5"), ("Yes", "yes"), ("50%", "50%"), ("-1/-2", "1/2"),
        ("9223372036854775807", "9223372036854775807"), ("99999999999999999999", "99999999999999999999"),
        ("1/2/2", "1/4"), ("50%", "50"), ("\\frac{1}{2}", "0.5"), ("\\frac{1", "\\frac{1"),
    ])
    func equal(answer: String, reference: String) {
        #expect(AnswerGrader().accepts(answer, reference: reference))
        #expect(AnswerGrader().accepts(reference, reference: answer))
    }

    @Test(arguments: [
        ("27", "28"), ("0.33", "1/3"), ("", ""), ("", "0"), ("1,00", "100"), ("1/0", "0"), ("7 2 a", "72"),
        ("50%", "5"), ("3.1.4", "3.14"), (".", "0"), ("-", "0"), ("x", "y"),
    ])
    func different(answer: String, reference: String) {
        #expect(!AnswerGrader().accepts(answer, reference: reference))
        #expect(!AnswerGrader().accepts(reference, reference: answer))
    }

    @Test func extremesDoNotOverflow() {
        #expect(!AnswerGrader().accepts("-9223372036854775808", reference: "1/-9223372036854775808"))
        #expect(!AnswerGrader().accepts("123456789012345678901234567890/3", reference: "1"))
    }
}
