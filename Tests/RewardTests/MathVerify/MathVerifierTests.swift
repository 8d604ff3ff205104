import Reward
import Testing

@Suite struct MathVerifierTests {
    private func verdict(_ expert: String, _ prediction: String, _ settings: MathVerifySettings = .init()) throws
        -> MathVerdict
    {
        MathVerifier(settings: settings).verdict(
            expert: try MathVerifier.answer(written: expert), prediction: try MathVerifier.answer(written: prediction))
    }

    @Test(arguments: [
        ("1,000", "1000"), ("1{,}000", "1000.0"), ("1\\,000", "1000"), ("\\frac12", "0.5"), ("\\dfrac{1}{2}", "1/2"),
        ("2\\frac{1}{2}", "5/2"), ("2 1/2", "2.5"), ("-2\\frac12", "-2.5"), ("50\\%", "50"), ("50\\%", "0.5"),
        ("\\frac13", "0.333333"), ("\\sqrt{12}", "2\\sqrt3"), ("\\frac{1}{\\sqrt2}", "\\frac{\\sqrt{2}}{2}"),
        ("\\sqrt[3]{-8}", "-2"), ("8^{2/3}", "4"), ("2\\pi", "2π"), ("i^2", "-1"), ("e^{i\\pi}", "-1"),
        ("3+2i", "2i + 3"),
        ("5!", "120"), ("\\binom{5}{2}", "10"), ("{5 \\choose 2}", "10"), ("\\log_2 8", "3"), ("\\log 100", "2"),
        ("\\sin^2 x + \\cos^2 x", "1"), ("\\sin^{-1}(1)", "\\frac{\\pi}{2}"), ("5\\text{ cm}", "5"), ("5 km/h", "5"),
        ("5 \\text{ cm}^2", "5 cm^2"), ("\\$5.00", "5 dollars"), ("90^\\circ", "90"), ("\\text{Yes}", "yes"),
        ("\\text{(A)}", "A"), ("(1, 2)", "\\left(1,2\\right)"), ("\\{1,2\\}", "2, 1"), ("\\{1,1,2\\}", "\\{2,1\\}"),
        ("1, 2 and 3", "3, 2, 1"), ("1 \\le x < 2", "[1,2)"),
        ("(-\\infty,1)\\cup(2,\\infty)", "(2, \\infty) \\cup (-\\infty, 1)"),
        ("\\mathbb{R}\\setminus\\{0\\}", "(-\\infty,0)\\cup(0,\\infty)"), ("[0,1]\\cup[1,2]", "[0,2]"),
        ("\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{bmatrix} 1.0 \\\\ 2 \\end{bmatrix}"),
        ("2\\begin{pmatrix}1&2\\end{pmatrix}", "\\begin{pmatrix}2&4\\end{pmatrix}"), ("x = 5", "5"),
        ("5", "x = 2 + 3 = 5"),
        ("2x + 4y = 6", "x + 2y = 3"), ("y = x + 1", "x - y + 1 = 0"), ("x > 2", "2 < x"), ("1 < x < 2", "2 > x > 1"),
        ("-2x < 4", "x > -2"), ("\\pm 3", "3, -3"),
        ("\\frac{1\\pm\\sqrt5}{2}", "\\frac{1-\\sqrt5}{2}, \\frac{1+\\sqrt5}{2}"),
        ("x=1, x=2", "1, 2"), ("x \\in [1,2]", "[1,2]"), ("(x+1)^2", "x^2+2x+1"), ("\\frac{x^2-1}{x-1}", "x+1"),
        ("2^{n+1}", "2 \\cdot 2^n"), ("|x|", "\\sqrt{x^2}"), ("\\lfloor 3.7 \\rfloor", "3"), ("X", "x"),
        ("abc", "\\text{abc}"),
        ("100!", "100 \\cdot 99!"), ("2^{100}", "1267650600228229401496703205376"), ("9^{9^{9^9}}", "9^{9^{9^{9}}}"),
        ("(2^{0.5})^2", "2"), ("3:4", "\\frac34"), ("\\gcd(12, 18)", "6"), ("17 \\bmod 5", "2"), ("x_1", "x_{1}"),
        ("f(x) = 2x", "2x"), ("\\overline{AB}", "\\overline{ab}"), ("1.5 \\times 10^{3}", "1500"), ("1.5e-3", "0.0015"),
        ("\\sum_{k=1}^{4} k^2", "30"), ("\\prod_{k=1}^{5} k", "5!"), ("\\sum_{i=1}^{4} 2i", "20"),
        ("\\sum_{k=0}^{3} x^k", "1+x+x^2+x^3"),
        ("\\sum_{k=1}^{n} k", "\\sum_{k=1}^{n} k"),
    ])
    func equal(expert: String, prediction: String) throws {
        #expect(try verdict(expert, prediction) == .correct)
    }

    @Test(arguments: [
        ("1", "2"), ("\\frac13", "0.33"), ("0.5", "0.05"), ("50\\%", "0.05"), ("9.5\\%", "9.5"), ("x", "y"),
        ("2x", "x^2"), ("i", "1"),
        ("2^{100}", "1267650600228229401496703205377"), ("100!", "99!"), ("9^{9^{9^9}}", "9^{9^{9^8}}"),
        ("9^{9^{9^9}}", "5"),
        ("(1, 2)", "(2, 1)"), ("(1, 2]", "[1, 2]"), ("(1,2,3)", "(1,3,2)"), ("\\{1,2\\}", "\\{1,2,3\\}"), ("1, 2", "1"),
        ("x > 2", "x \\ge 2"), ("x > 2", "x < 2"), ("-2x < 4", "x < -2"), ("x = 1", "y = 2"),
        ("2x + 4y = 6", "x + 2y = 4"),
        ("\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{pmatrix}1&2\\end{pmatrix}"), ("\\text{Yes}", "\\text{No}"),
        ("\\sqrt{x^2}", "x"),
        ("\\pm 3", "3"), ("\\ln 2", "\\log 2"), ("\\emptyset", "\\{0\\}"), ("\\infty", "-\\infty"),
        ("[0,1]\\cup[2,3]", "[0,3]"),
        ("x^2 \\text{ for all } x", "x^3 \\text{ for all } x"), ("10^{400}", "10^{401}"), ("1/0", "1"), ("A", "B"),
        ("x^2 + 10^{20}", "x^2 + 10^{20} + 1"), ("\\frac{1}{2}", "2"), ("(5, 3)", "(3, 5)"),
        ("\\sum_{k=1}^{4} k^2", "29"),
    ])
    func different(expert: String, prediction: String) throws {
        #expect(try verdict(expert, prediction) == .incorrect)
    }

    /// math-verify's options.
    @Test func settingsChangeWhatIsEqual() throws {
        var coarse = MathVerifySettings()
        coarse.floatRounding = 2
        #expect(try verdict("\\frac13", "0.33", coarse) == .correct)
        var loose = MathVerifySettings()
        loose.strict = false
        #expect(try verdict("x + 1", "y + 1", loose) == .correct)
        #expect(try verdict("(3, 1, 2)", "\\{1, 2, 3\\}", loose) == .correct)
        #expect(try verdict("(3, 1, 2)", "\\{1, 2, 3\\}") == .incorrect)
        var both = MathVerifySettings()
        both.allowSetRelationComp = true
        #expect(try verdict("(1, 2)", "1 < x < 2", both) == .correct)
        #expect(try verdict("(1, 2)", "1 < x < 2") == .incorrect)
    }

    @Test(arguments: [
        ("\\frac{1}", "lacks an argument"), ("(1, 2", "does not close"), ("", "is empty"),
        ("1 +", "something should follow"),
        ("\\sqrt{2", "closing } is missing"),
    ])
    func whatIsNoNotationIsSaid(text: String, message: String) {
        let error = #expect(throws: MathSyntaxError.self) { try MathVerifier.answer(written: text) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    private static func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    private static func listed(_ count: Int, _ before: String, _ separator: String) -> String {
        (0..<count).map { before + String($0) }.joined(separator: separator)
    }

    private static let hugeNumbers: [String] = [
        "9^{9^{9^{9^9}}}", "100000000!", "19999!", "((((((1!)!)!)!)!)!)!", "3!!!!!!!!!!",
        "\\binom{10^9}{5 \\cdot 10^8}",
        "\\binom{40000}{20000}", "2^{2^{30}}", "x^{x^{x^{x^x}}}", "\\sum_{i=1}^{10^9} i",
        "\\sum_{a=1}^{1999}\\sum_{b=1}^{1999}\\sum_{c=1}^{1999} abc", "(x+1)^{1000000000}", "10^{-400}", "0^0",
        "0^{-1}",
    ]

    private static let hugeTexts: [String] = [
        repeated("(", 4000), repeated("\\frac{1}{", 500), repeated("{", 8000), repeated("-", 3000) + "1",
        repeated("x^", 1000) + "2",
        repeated("9", 8000), listed(600, "", ", "), listed(600, "x^", "+"), listed(200, "\\sin x_", ","),
        repeated("\\pm 1 ", 300),
        repeated("|", 999), repeated("a<", 900) + "b", "\\begin{matrix}" + repeated("1&", 900) + "1\\end{matrix}",
        repeated("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", 60), repeated("1,000,", 300) + "000", repeated("\\", 5000),
        repeated("\\begin{a}", 700), repeated("é", 3000), repeated("\\boxed{", 4000), repeated("$", 9000),
        repeated("answer", 5000),
    ]

    /// None of these may hang, crash or use much memory; most are refused or not equal.
    @Test(arguments: hugeNumbers + hugeTexts)
    func everythingIsBounded(text: String) {
        let verifier = MathVerifier()
        for expert in ["5", "x + 1", "\\{1, 2\\}", "1 < x < 2", text] {
            guard let answer = try? MathVerifier.answer(written: expert) else { continue }
            for prediction in [text, "$\(text)$", "\\boxed{\(text)}", text + " 7"] {
                _ = verifier.verdict(expert: answer, prediction: prediction)
            }
        }
    }

    /// The reader never crashes on what is made of its own pieces.
    @Test func readsAnyMixtureOfPieces() {
        let pieces = [
            "\\frac", "{", "}", "(", ")", "[", "]", "\\{", "\\}", "1", "23", ".", ",", ";", "x", "abc", "^", "_", "!",
            "%", "|", "\\sqrt", "\\sin", "\\log",
            "\\pm", "=", "<", "\\le", "\\in", "\\cup", "\\text{a b}", "\\begin{pmatrix}", "&", "\\\\", "\\end{pmatrix}",
            "-", "+", "/", "*", " ", "\\pi",
            "\\infty", "°", "\\boxed{", "$", "####", "answer is ", "\\(", "\\)", "and", "\\binom", "e", "i",
            "\\mathbb{R}", ":", "\\left", "'", "\n",
        ]
        var state: UInt64 = 7
        let verifier = MathVerifier()
        for _ in 0..<20_000 {
            var text = ""
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            for _ in 0..<Int(state >> 59) + 1 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            guard let answer = try? verifier.answer(in: text) else { continue }
            // What is read is equal to itself.
            #expect(verifier.verdict(expert: answer, prediction: text) == .correct, "\(text)")
        }
    }
}
