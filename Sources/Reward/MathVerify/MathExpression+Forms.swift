/// Which form an expression has.
extension MathExpression {
    var isRelation: Bool { if case .relation = self { true } else { false } }
    var isSymbol: Bool { if case .symbol = self { true } else { false } }

    var isSet: Bool {
        switch self {
        case .tuple, .set, .interval, .numberSet, .union, .intersection, .difference: true
        default: false
        }
    }

    var isEquation: Bool {
        if case .relation(_, let relations) = self { return relations.allSatisfy { $0 == .equal } }
        return false
    }

    /// An equation whose left side is a name: `x = 5`, `f(x) = 2x`, `(x, y) = (1, 2)`.
    var isAssignment: Bool {
        if case .relation(let terms, _) = self { return isEquation && terms[0].isOfSymbolsOnly }
        return false
    }

    private var isOfSymbolsOnly: Bool {
        switch self {
        case .symbol, .constant(.i), .constant(.e): true
        case .power(let base, .number("-1", _)): base.isOfSymbolsOnly
        default: !children.isEmpty && children.allSatisfy(\.isOfSymbolsOnly)
        }
    }

    var lastTerm: MathExpression {
        if case .relation(let terms, _) = self { return terms[terms.count - 1] }
        return self
    }

    /// A chain of equations without its middle.
    var firstTermIsLast: MathExpression {
        guard case .relation(let terms, _) = self else { return self }
        return .relation(terms: [terms[0], terms[terms.count - 1]], relations: [.equal])
    }

    var links: [MathLink] {
        guard case .relation(let terms, let relations) = self else { return [] }
        return relations.indices.map { MathLink(left: terms[$0], right: terms[$0 + 1], relation: relations[$0]) }
    }

    enum LiteralKind { case whole, decimal }

    /// What kind of literal it is, with a sign or a percent sign or none.
    var literalKind: LiteralKind? {
        switch self {
        case .number(_, let isDecimal): isDecimal ? .decimal : .whole
        case .percent(let value): value.literalKind
        case .product(let factors) where factors.count == 2 && factors[0] == .number(digits: "-1", isDecimal: false):
            factors[1].literalKind
        default: nil
        }
    }

    /// A whole number without its percent sign; nil for anything else.
    var wholePercent: MathExpression? {
        guard literalKind == .whole else { return nil }
        switch self {
        case .percent(let value): return value.wholePercent
        case .product(let factors): return factors[1].wholePercent.map { .negative($0) }
        default: return self
        }
    }

    /// Names and digits beside each other, in the order in which they are written: what `\text{abc}` and `abc` have in common.
    var letters: String? {
        switch self {
        case .symbol(let name): name
        case .number(let digits, _): digits
        case .constant(.e): "e"
        case .constant(.i): "i"
        case .product(let factors):
            factors.reduce("") { text, factor in
                if let text, let letters = factor.letters { text + letters } else { nil }
            }
        default: nil
        }
    }

    /// The elements of a matrix, or of a sum, multiple or product of matrices; nil for what is none.
    var matrixRows: [[MathExpression]]? {
        switch self {
        case .matrix(let rows): return rows
        case .sum(let terms):
            var sum: [[MathExpression]]?
            for term in terms {
                guard let rows = term.matrixRows else { return nil }
                guard let before = sum else {
                    sum = rows
                    continue
                }
                guard before.map(\.count) == rows.map(\.count) else { return nil }
                sum = zip(before, rows).map { zip($0, $1).map { .sum([$0, $1]) } }
            }
            return sum
        case .product(let factors):
            var product: [[MathExpression]]?
            var scalars: [MathExpression] = []
            for factor in factors {
                guard let rows = factor.matrixRows else {
                    scalars.append(factor)
                    continue
                }
                guard let before = product else {
                    product = rows
                    continue
                }
                // Products of products would grow without bound.
                guard let width = rows.first?.count, before.allSatisfy({ $0.count == rows.count }), rows.count <= 8,
                    width <= 8, before.count <= 8, factors.count <= 4
                else { return nil }
                product = before.map { row in
                    (0..<width).map { column in .sum(row.indices.map { .product([row[$0], rows[$0][column]]) }) }
                }
            }
            return product?.map { $0.map { .product(scalars + [$0]) } }
        default: return nil
        }
    }
}
