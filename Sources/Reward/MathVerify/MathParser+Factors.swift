/// Factors: numbers, names, brackets, functions, with what stands after them.
extension MathParser {
    private static let functions: Set<String> = [
        "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "arccot", "arcsec", "arccsc", "sinh",
        "cosh", "tanh", "arsinh", "arcosh", "artanh", "arcsinh", "arccosh", "arctanh", "log", "ln", "lg", "exp",
        "floor", "ceil", "det", "gcd", "lcm", "max", "min", "Re", "Im", "arg",
    ]
    private static let greek: Set<String> = [
        "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota", "kappa",
        "lambda", "mu", "nu", "xi", "omicron", "varpi", "rho", "varrho", "sigma", "varsigma", "tau", "upsilon", "phi",
        "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi",
        "Psi", "Omega", "ell", "hbar", "prime", "triangle", "square", "angle", "star", "imath", "jmath", "aleph",
        "clubsuit", "diamondsuit", "heartsuit", "spadesuit", "nabla", "wp",
    ]
    private static let accents: Set<String> = [
        "overline", "bar", "vec", "overrightarrow", "hat", "widehat", "tilde", "widetilde", "dot", "ddot", "overset",
        "underline", "overarc",
    ]
    private static let numberSets: [String: MathExpression.NumberSet] = [
        "mathbbN": .naturals, "mathbbZ": .integers, "mathbbQ": .rationals, "mathbbR": .reals, "mathbbC": .complexes,
        "N": .naturals, "Z": .integers, "Q": .rationals, "R": .reals, "C": .complexes,
    ]

    private var isFunction: Bool {
        if case .command(let name) = current { return Self.functions.contains(name) }
        return false
    }

    func startsFactor(functions: Bool) -> Bool {
        switch current {
        case nil, .end: false
        case .number, .word, .text, .begin: true
        case .command(let name):
            if ["mod", "bmod", "pmod", "choose"].contains(name) { false } else { functions || !isFunction }
        case .sign(let sign):
            switch sign {
            case "(", "[", "{", "⦃", "⌊", "⌈", "∞", "∅": true
            case "|": openBars == 0
            default: false
            }
        }
    }

    /// `2 1/2`: a whole number, a space and a fraction of whole numbers.
    mutating func mixedNumber() -> MathExpression? {
        guard case .number(let whole) = current, case .number(let above) = peek(1), peek(2) == .sign("/"),
            case .number(let below) = peek(3), tokens[index + 1].spaceBefore,
            ![whole, above, below].contains(where: { $0.contains(".") })
        else { return nil }
        index += 4
        return .sum([
            .number(digits: whole, isDecimal: false),
            .quotient(.number(digits: above, isDecimal: false), .number(digits: below, isDecimal: false)),
        ])
    }

    /// `2\frac{1}{2}` is two and a half, not one.
    static func withMixedFraction(_ factors: [MathExpression]) -> MathExpression {
        if factors.count == 1 { return factors[0] }
        if factors.count == 2, case .number(_, false) = factors[0], case .product(let parts) = factors[1],
            parts.count == 2, case .number(_, false) = parts[0],
            case .power(.number(_, false), let exponent) = parts[1],
            case .number("-1", false) = exponent
        {
            return .sum(factors)
        }
        return .product(factors)
    }

    /// A factor with its exponents, factorials, percent and degree signs.
    mutating func power() throws(MathSyntaxError) -> MathExpression {
        var base = try nested { (parser) throws(MathSyntaxError) in try parser.primary() }
        while case .sign(let sign) = current {
            switch sign {
            case "!":
                index += 1
                base = .apply("factorial", [base])
            case "%":
                index += 1
                base = .percent(base)
            case "°", "'", "′": index += 1
            case "_":
                index += 1
                base = .symbol(Self.name(of: base) + "_" + (try subscriptText()))
            case "^":
                index += 1
                guard let exponent = try exponent() else { continue }
                base = .power(base, exponent)
            default: return base
            }
        }
        return base
    }

    /// nil for a degree sign.
    private mutating func exponent() throws(MathSyntaxError) -> MathExpression? {
        if take("°") { return nil }
        if current == .sign("{"), peek(1) == .sign("°"), peek(2) == .sign("}") {
            index += 3
            return nil
        }
        return try nested { (parser) throws(MathSyntaxError) in
            if parser.take("-") { return .negative(try parser.primary()) }
            if parser.take("+") { return try parser.primary() }
            // Of letters beside each other, the first is the exponent.
            if case .word(let word) = parser.current, word.count > 1,
                case .word(let first) = parser.takeFirstCharacter()
            {
                return Self.symbol(first)
            }
            let base = try parser.primary()
            // 2^3^2 is 2^(3^2).
            guard parser.take("^") else { return base }
            return try parser.exponent().map { .power(base, $0) } ?? base
        }
    }

    private mutating func subscriptText() throws(MathSyntaxError) -> String {
        guard take("{") else {
            let token = current
            index += 1
            switch token {
            case .number(let text), .word(let text), .text(let text), .command(let text): return text.lowercased()
            default: throw .malformed("there is nothing after _")
            }
        }
        let value = try elements()
        try expect("}")
        return value.flatMap { $0 }.map(Self.name).joined(separator: ",")
    }

    static func name(of value: MathExpression) -> String {
        switch value {
        case .symbol(let name), .number(let name, _): name
        case .constant(let constant): "\(constant)"
        default: value.children.map(name).joined(separator: ",")
        }
    }

    mutating func primary() throws(MathSyntaxError) -> MathExpression {
        guard let token = current else { throw unexpected() }
        switch token {
        case .number(let digits):
            index += 1
            // 1E5 and 1e-5
            if case .word(let word) = current, word == "E" || word == "e", !tokens[index].spaceBefore {
                let sign = peek(1) == .sign("-") || peek(1) == .sign("+") ? 1 : 0
                if word == "E" || sign == 1, case .number(let exponent) = peek(1 + sign), !exponent.contains(".") {
                    let negative = peek(1) == .sign("-")
                    index += 2 + sign
                    let power = MathExpression.number(digits: exponent, isDecimal: false)
                    return .product([
                        .number(digits: digits, isDecimal: true),
                        .power(.integer(10), negative ? .negative(power) : power),
                    ])
                }
            }
            return .number(digits: digits, isDecimal: digits.contains("."))
        case .word(let word): return try letter(of: word)
        case .text(let text):
            index += 1
            return text.count == 1 ? Self.symbol(text) : .symbol(MathProse.nameOfText(text))
        case .begin(let name): return try matrix(name)
        case .end(let name): throw .malformed("\\end{\(name)} has no beginning")
        case .sign(let sign): return try bracketed(sign)
        case .command(let name): return try command(name)
        }
    }

    /// One letter of a word; the rest are factors of their own.
    private mutating func letter(of word: String) throws(MathSyntaxError) -> MathExpression {
        index += 1
        // f(x) is a function's value; x(x + 1) is a product.
        if word.count == 1, ["f", "g", "h"].contains(word), current == .sign("("), !tokens[index].spaceBefore {
            return .apply("function " + word, try arguments())
        }
        let letters = word.map { Self.symbol(String($0)) }
        if letters.count == 1 { return letters[0] }
        guard current == .sign("^") || current == .sign("_") || current == .sign("!"), let last = letters.last else {
            return .product(letters)
        }
        // An exponent belongs to the last letter only.
        let factor = try powered(last)
        return .product(letters.dropLast() + [factor])
    }

    private mutating func powered(_ base: MathExpression) throws(MathSyntaxError) -> MathExpression {
        var base = base
        while true {
            if take("^") {
                guard let exponent = try exponent() else { continue }
                base = .power(base, exponent)
            } else if take("_") {
                base = .symbol(Self.name(of: base) + "_" + (try subscriptText()))
            } else if take("!") {
                base = .apply("factorial", [base])
            } else {
                return base
            }
        }
    }

    private static func symbol(_ letter: String) -> MathExpression {
        switch letter {
        case "e", "E": .constant(.e)
        case "i": .constant(.i)
        default: .symbol(letter.lowercased())
        }
    }

    private mutating func command(_ name: String) throws(MathSyntaxError) -> MathExpression {
        index += 1
        switch name {
        case "pi": return .constant(.pi)
        case "frac":
            let above = try argument(of: "\\frac")
            return .quotient(above, try argument(of: "\\frac"))
        case "binom":
            let above = try argument(of: "\\binom")
            return .apply("binomial", [above, try argument(of: "\\binom")])
        case "sqrt":
            var degree: MathExpression?
            if take("[") {
                degree = try sum()
                try expect("]")
            }
            let radicand = current == .sign("(") ? try primary() : try argument(of: "\\sqrt")
            return .power(radicand, .quotient(.integer(1), degree ?? .integer(2)))
        case "sum", "prod": return try series(name)
        case "boxed", "fbox": return try argument(of: "\\boxed")
        case _ where Self.functions.contains(name): return try function(name)
        case _ where Self.greek.contains(name):
            return .symbol(name.lowercased() == "pi" ? "product" : name.lowercased())
        case _ where Self.accents.contains(name):
            return .symbol(name + " " + Self.name(of: try argument(of: "\\" + name)))
        case _ where Self.numberSets[name] != nil: return .numberSet(Self.numberSets[name] ?? .reals)
        default: throw .unknown("\\\(name) is not known")
        }
    }

    /// The argument of a command: a group in braces, or one digit or letter, as TeX takes it.
    mutating func argument(of command: String) throws(MathSyntaxError) -> MathExpression {
        guard current != nil else { throw .malformed("\(command) lacks an argument") }
        if current == .sign("{") { return try nested { (parser) throws(MathSyntaxError) in try parser.group() } }
        switch current {
        case .number(let digits) where digits.count > 1 && !digits.contains("."):
            if case .number(let first) = takeFirstCharacter() { return .number(digits: first, isDecimal: false) }
        case .word(let letters) where letters.count > 1:
            if case .word(let first) = takeFirstCharacter() { return Self.symbol(first) }
        default: break
        }
        return try nested { (parser) throws(MathSyntaxError) in try parser.primary() }
    }

    /// An expression in braces or round brackets.
    mutating func group() throws(MathSyntaxError) -> MathExpression {
        let close: Unicode.Scalar = current == .sign("(") ? ")" : "}"
        index += 1
        let bars = openBars
        openBars = 0
        defer { openBars = bars }
        if take(close) { throw .malformed("there is nothing between the braces") }
        let groups = try elements()
        if current == .command("choose"), groups.count == 1, groups[0].count == 1 {
            index += 1
            let below = try relation()
            try expect(close)
            return .apply("binomial", [groups[0][0], below])
        }
        try expect(close)
        let elements = groups.flatMap { $0 }
        return elements.count == 1 ? elements[0] : .set(elements)
    }
}
