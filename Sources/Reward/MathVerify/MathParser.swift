/// Reads an answer, LaTeX or plain, as an expression: recursive descent, bounded in length and depth.
///
/// Where notation is ambiguous, the reading is math-verify's (latex2sympy2_extended): implicit products bind more tightly than `/`, `\log` is to base 10,
/// a function without brackets takes the product after it.
struct MathParser {
    /// Brackets, fractions and signs inside each other.
    static let maximumDepth = 48
    static let maximumTokens = 2048

    private(set) var tokens: [PlacedToken]
    var index = 0
    var depth = 0
    /// Inside how many |..| the parser is; there a bar closes.
    var openBars = 0

    static func parse(_ text: String) throws(MathSyntaxError) -> MathExpression {
        let tokens = MathTokenCleanup.clean(try MathLexer.tokens(of: text))
        guard !tokens.isEmpty else { throw .malformed("the answer is empty") }
        guard tokens.count <= maximumTokens else {
            throw .tooLarge("the answer has \(tokens.count) signs and words; \(maximumTokens) are read")
        }
        if let words = MathProse.words(in: tokens) { return .symbol(words) }
        do throws(MathSyntaxError) {
            var parser = MathParser(tokens: tokens)
            let answer = try parser.answer()
            guard parser.index == tokens.count else { throw parser.unexpected() }
            return answer
        } catch {
            // What has something unknown in it can still be compared as text.
            guard case .unknown = error, let prose = MathProse.text(of: tokens) else { throw error }
            return .symbol(prose)
        }
    }

    // MARK: Tokens

    var current: MathToken? { index < tokens.count ? tokens[index].token : nil }

    func peek(_ distance: Int) -> MathToken? {
        index + distance < tokens.count ? tokens[index + distance].token : nil
    }

    mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard current == .sign(sign) else { return false }
        index += 1
        return true
    }

    /// Takes the first character of the number or word that is next: `\frac12`, `x^ab`.
    mutating func takeFirstCharacter() -> MathToken? {
        switch current {
        case .number(let text):
            tokens[index].token = .number(String(text.dropFirst()))
            return .number(String(text.prefix(1)))
        case .word(let text):
            tokens[index].token = .word(String(text.dropFirst()))
            return .word(String(text.prefix(1)))
        default: return nil
        }
    }

    mutating func expect(_ sign: Unicode.Scalar) throws(MathSyntaxError) {
        guard take(sign) else {
            if current == nil { throw .malformed("a closing \(sign) is missing") }
            throw unexpected()
        }
    }

    func unexpected() -> MathSyntaxError {
        switch current {
        case nil: .malformed("the answer ends where something should follow")
        case .sign(let sign): .unknown("'\(sign)' does not fit where it stands")
        case .number(let text), .word(let text), .text(let text): .unknown("'\(text)' does not fit where it stands")
        case .command(let name): .unknown("\\\(name) is not known here")
        case .begin(let name), .end(let name): .unknown("the environment \(name) is not known here")
        }
    }

    mutating func nested<Result>(
        _ body: (inout MathParser) throws(MathSyntaxError) -> Result
    ) throws(MathSyntaxError) -> Result {
        guard depth < Self.maximumDepth else {
            throw .tooLarge("the answer is nested more than \(Self.maximumDepth) deep")
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    // MARK: Lists and relations

    /// One element, or several as the set of them: `1, 2`.
    private mutating func answer() throws(MathSyntaxError) -> MathExpression {
        let groups = try elements()
        if groups.count == 1 {
            let elements = Self.assigned(groups[0]).flatMap { Self.bothSigns(of: $0) }
            return elements.count == 1 ? elements[0] : .set(elements)
        }
        if groups.allSatisfy({ $0.count == 1 }) { return .set(groups.flatMap { $0.flatMap(Self.bothSigns) }) }
        return .set(groups.map { $0.count == 1 ? $0[0] : .tuple($0) })
    }

    /// `x = 1, 2` says that x is one of both.
    private static func assigned(_ elements: [MathExpression]) -> [MathExpression] {
        guard elements.count > 1, elements[0].isAssignment, !elements.dropFirst().contains(where: \.isRelation),
            case .relation(let terms, [.equal]) = elements[0]
        else { return elements }
        return [.relation(terms: [terms[0], .set([terms[1]] + elements.dropFirst())], relations: [.equal])]
    }

    private static func bothSigns(of element: MathExpression) -> [MathExpression] {
        guard let both = element.bothSigns else { return [element] }
        // x = ±2 says x = 2 or x = -2.
        return both
    }

    /// Elements between commas, in groups between semicolons.
    mutating func elements() throws(MathSyntaxError) -> [[MathExpression]] {
        var groups: [[MathExpression]] = [[]]
        repeat {
            repeat {
                groups[groups.count - 1].append(
                    try nested { (parser) throws(MathSyntaxError) in try parser.relation() })
            } while take(",")
            guard current == .sign(";") else { break }
            index += 1
            groups.append([])
        } while true
        return groups
    }

    /// Expressions with relations between them: `1 < x \le 2`.
    mutating func relation() throws(MathSyntaxError) -> MathExpression {
        var terms = [try setExpression()]
        var relations: [MathExpression.Relation] = []
        while case .sign(let sign) = current {
            switch sign {
            case "=": relations.append(.equal)
            case "∈": relations.append(.member)
            case "≠": relations.append(.unequal)
            case "<": relations.append(.less)
            case "≤": relations.append(.lessOrEqual)
            case ">": relations.append(.greater)
            case "≥": relations.append(.greaterOrEqual)
            case "≈":
                // An approximation beside a value is not the answer; beside a name it is.
                index += 1
                let value = try setExpression()
                if case .symbol = terms[terms.count - 1] { terms[terms.count - 1] = value }
                continue
            default:
                return relations.isEmpty ? terms[0] : Self.relation(terms, relations)
            }
            index += 1
            terms.append(try setExpression())
        }
        return relations.isEmpty ? terms[0] : Self.relation(terms, relations)
    }

    /// `x \in [1, 2]` alone says what x may be, as `x = [1, 2]` would.
    private static func relation(
        _ terms: [MathExpression], _ relations: [MathExpression.Relation]
    ) -> MathExpression {
        .relation(terms: terms, relations: relations == [.member] ? [.equal] : relations)
    }

    private mutating func setExpression() throws(MathSyntaxError) -> MathExpression {
        var left = try sum()
        while case .sign(let sign) = current, sign == "∪" || sign == "∩" || sign == "∖" {
            index += 1
            let right = Self.asSet(try sum())
            left = Self.asSet(left)
            left =
                sign == "∪"
                ? .union([left, right]) : sign == "∩" ? .intersection([left, right]) : .difference(left, right)
        }
        return left
    }

    /// A tuple beside a set sign can only be meant as a set.
    private static func asSet(_ value: MathExpression) -> MathExpression {
        if case .tuple(let elements) = value { return .set(elements) }
        return value
    }

    // MARK: Sums and products

    mutating func sum() throws(MathSyntaxError) -> MathExpression {
        var terms: [MathExpression] = []
        if current == .sign("±") || current == .sign("∓") {
            let flipped = current == .sign("∓")
            index += 1
            terms.append(.plusMinus(nil, try product(), flipped: flipped))
        } else {
            terms.append(try product())
        }
        while case .sign(let sign) = current {
            switch sign {
            case "+":
                index += 1
                terms.append(try product())
            case "-":
                index += 1
                terms.append(.negative(try product()))
            case "±", "∓":
                index += 1
                let before: MathExpression = terms.count == 1 ? terms[0] : .sum(terms)
                terms = [.plusMinus(before, try product(), flipped: sign == "∓")]
            default: return terms.count == 1 ? terms[0] : .sum(terms)
            }
        }
        return terms.count == 1 ? terms[0] : .sum(terms)
    }

    mutating func product() throws(MathSyntaxError) -> MathExpression {
        var left = try signed()
        while true {
            switch current {
            case .sign("*"):
                index += 1
                left = .product([left, try signed()])
            case .sign("/"), .sign(":"):
                index += 1
                left = .quotient(left, try signed())
            case .command("mod"), .command("bmod"):
                index += 1
                left = .apply("mod", [left, try signed()])
            case .command("pmod"):
                index += 1
                left = .apply("mod", [left, try group()])
            default: return left
            }
        }
    }

    private mutating func signed() throws(MathSyntaxError) -> MathExpression {
        if take("+") { return try nested { (parser) throws(MathSyntaxError) in try parser.signed() } }
        if take("-") { return .negative(try nested { (parser) throws(MathSyntaxError) in try parser.signed() }) }
        return try implicitProduct(functions: true)
    }

    /// Factors beside each other, `2x\sin y`; without `functions`, up to the first function.
    mutating func implicitProduct(functions: Bool) throws(MathSyntaxError) -> MathExpression {
        if let mixed = mixedNumber() { return mixed }
        var factors = [try power()]
        while startsFactor(functions: functions) { factors.append(try power()) }
        return Self.withMixedFraction(factors)
    }
}
