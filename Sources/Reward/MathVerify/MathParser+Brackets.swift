/// Brackets of all kinds, function arguments and matrices.
extension MathParser {
    mutating func bracketed(_ sign: Unicode.Scalar) throws(MathSyntaxError) -> MathExpression {
        switch sign {
        case "{": return try group()
        case "(", "[": return try tupleOrGroup(open: sign)
        case "⦃": return try braces()
        case "|": return try absoluteValue()
        case "⌊":
            index += 1
            let value = try sum()
            try expect("⌋")
            return .apply("floor", [value])
        case "⌈":
            index += 1
            let value = try sum()
            try expect("⌉")
            return .apply("ceil", [value])
        case "∞":
            index += 1
            return .constant(.infinity)
        case "∅":
            index += 1
            return .numberSet(.empty)
        default: throw unexpected()
        }
    }

    private mutating func listInBrackets() throws(MathSyntaxError) -> [[MathExpression]] {
        index += 1
        let bars = openBars
        openBars = 0
        defer { openBars = bars }
        return try elements()
    }

    /// `(a)` groups, `(a, b)` is an interval or a pair, `(a, b, c)` a tuple.
    private mutating func tupleOrGroup(open: Unicode.Scalar) throws(MathSyntaxError) -> MathExpression {
        let groups = try listInBrackets()
        guard current == .sign(")") || current == .sign("]") else {
            throw current == nil ? .malformed("a bracket does not close") : unexpected()
        }
        let openStart = open == "("
        let openEnd = current == .sign(")")
        index += 1
        let elements = groups.flatMap { $0 }
        if elements.count == 1, openStart == openEnd { return elements[0] }
        if elements.count == 2, elements.allSatisfy({ $0.isNumberLike }) {
            return .interval(elements[0], elements[1], openStart: openStart, openEnd: openEnd)
        }
        guard openStart == openEnd else { throw .malformed("the brackets of a tuple differ") }
        return .tuple(elements)
    }

    /// `\{1, 2\}`, `\{\}` and `\{x \mid x > 1\}`.
    private mutating func braces() throws(MathSyntaxError) -> MathExpression {
        if peek(1) == .sign("⦄") {
            index += 2
            return .numberSet(.empty)
        }
        index += 1
        let bars = openBars
        // A bar in braces divides a set's element from its condition.
        openBars = 1
        defer { openBars = bars }
        var groups = try elements()
        if take("|") || take(":") {
            // {x | x > 1} says what x > 1 says.
            openBars = 0
            groups = try elements()
            try expect("⦄")
            let conditions = groups.flatMap { $0 }
            return conditions.count == 1 ? conditions[0] : .tuple(conditions)
        }
        try expect("⦄")
        return .set(groups.flatMap { $0 }.flatMap { $0.bothSigns ?? [$0] })
    }

    private mutating func absoluteValue() throws(MathSyntaxError) -> MathExpression {
        index += 1
        openBars += 1
        let value: MathExpression
        do throws(MathSyntaxError) { value = try sum() } catch {
            openBars -= 1
            throw error
        }
        openBars -= 1
        try expect("|")
        return .apply("abs", [value])
    }

    /// A function by name, with its exponent and base: `\sin^2 x`, `\log_2 8`, `\sin^{-1}(x)`.
    mutating func function(_ name: String) throws(MathSyntaxError) -> MathExpression {
        var exponent: MathExpression?
        var base: MathExpression?
        while true {
            if take("^") {
                if take("-") {
                    exponent = .negative(try argument(of: "^"))
                } else {
                    exponent = try argument(of: "^")
                }
            } else if take("_") {
                base = try argument(of: "_")
            } else {
                break
            }
        }
        var arguments: [MathExpression]
        if current == .sign("(") {
            arguments = try nested { (parser) throws(MathSyntaxError) in try parser.arguments() }
        } else if current == .sign("{") || current == .sign("⦃") {
            arguments = try nested { (parser) throws(MathSyntaxError) in try parser.listInBrackets() }.flatMap { $0 }
            guard take("}") || take("⦄") else { throw unexpected() }
        } else {
            arguments = [try nested { (parser) throws(MathSyntaxError) in try parser.bareArgument() }]
        }
        if let base { arguments.append(base) }
        var name = name
        if case .product(let parts) = exponent, parts.count == 2, parts[0] == .number(digits: "-1", isDecimal: false),
            parts[1] == .number(digits: "1", isDecimal: false)
        {
            // sin^{-1} is the inverse function.
            name = "arc" + name
            exponent = nil
        }
        let value = MathExpression.apply(name, arguments)
        return exponent.map { .power(value, $0) } ?? value
    }

    /// What a function without brackets is of: the product after it, up to the next function.
    private mutating func bareArgument() throws(MathSyntaxError) -> MathExpression {
        if take("-") { return .negative(try bareArgument()) }
        var value: MathExpression
        if case .command = current, !startsFactor(functions: false) {
            value = try power()
        } else {
            value = try implicitProduct(functions: false)
        }
        while current == .sign("*") || current == .sign("/") {
            let divides = current == .sign("/")
            index += 1
            guard startsFactor(functions: false) else {
                index -= 1
                break
            }
            let next = try implicitProduct(functions: false)
            value = divides ? .quotient(value, next) : .product([value, next])
        }
        return value
    }

    /// `\sum_{k=1}^{n} k^2`: the variable, both bounds and what is summed.
    mutating func series(_ name: String) throws(MathSyntaxError) -> MathExpression {
        var start: MathExpression?
        var end: MathExpression?
        while current == .sign("_") || current == .sign("^") {
            if take("_") {
                start = try argument(of: "_")
            } else {
                index += 1
                end = try argument(of: "^")
            }
        }
        guard case .relation(let terms, [.equal]) = start, terms.count == 2, let end,
            terms[0].isSymbol || terms[0] == .constant(.i)
        else {
            throw .unknown("\\\(name) has no bounds that are known here")
        }
        return .apply(
            name, [terms[0], terms[1], end, try nested { (parser) throws(MathSyntaxError) in try parser.product() }])
    }

    /// A list in round brackets.
    mutating func arguments() throws(MathSyntaxError) -> [MathExpression] {
        let groups = try listInBrackets()
        try expect(")")
        return groups.flatMap { $0 }
    }

    mutating func matrix(_ name: String) throws(MathSyntaxError) -> MathExpression {
        guard ["matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array"].contains(name)
        else {
            throw .unknown("the environment \(name) is not known")
        }
        index += 1
        let rows = try nested { (parser) throws(MathSyntaxError) in
            var rows: [[MathExpression]] = [[]]
            while true {
                if case .end = parser.current { break }
                if parser.take("&") { continue }
                if parser.take("⏎") {
                    rows.append([])
                    continue
                }
                rows[rows.count - 1].append(try parser.sum())
                guard parser.current == .sign("&") || parser.current == .sign("⏎") || parser.current == .end(name)
                else {
                    throw parser.unexpected()
                }
            }
            return rows
        }
        guard current == .end(name) else { throw unexpected() }
        index += 1
        let matrix = MathExpression.matrix(rows.last?.isEmpty == true ? rows.dropLast() : rows)
        return name == "vmatrix" ? .apply("det", [matrix]) : matrix
    }
}

extension MathExpression {
    /// Whether it may be an end of an interval.
    fileprivate var isNumberLike: Bool {
        switch self {
        case .tuple, .set, .interval, .numberSet, .union, .intersection, .difference, .matrix, .relation: false
        default: true
        }
    }
}
