/// What an answer says, as it was written: nothing is simplified, the order of terms and elements is the author's.
package indirect enum MathExpression: Hashable, Sendable {
    /// A literal: its digits without separators, and whether it was written with a decimal point.
    case number(digits: String, isDecimal: Bool)
    /// A variable or a word, in lower case: answers differ in case more often than two variables do.
    case symbol(String)
    case constant(Constant)
    case sum([MathExpression])
    case product([MathExpression])
    case power(MathExpression, MathExpression)
    case apply(String, [MathExpression])
    case percent(MathExpression)
    /// First plus or minus second; `flipped` is ∓. Stands for two values.
    case plusMinus(MathExpression?, MathExpression, flipped: Bool)
    case tuple([MathExpression])
    case set([MathExpression])
    /// What (a, b), [a, b], (a, b] and [a, b) say; of the first two, whether an interval or a pair is meant shows only beside another answer.
    case interval(MathExpression, MathExpression, openStart: Bool, openEnd: Bool)
    case numberSet(NumberSet)
    case union([MathExpression])
    case intersection([MathExpression])
    case difference(MathExpression, MathExpression)
    case matrix([[MathExpression]])
    /// `terms[i] relations[i] terms[i + 1]`, of one or more relations.
    case relation(terms: [MathExpression], relations: [Relation])

    package enum Constant: Hashable, Sendable { case pi, e, i, infinity }
    package enum NumberSet: Hashable, Sendable { case naturals, integers, rationals, reals, complexes, empty }
    package enum Relation: Hashable, Sendable {
        case equal, member, unequal, less, lessOrEqual, greater, greaterOrEqual
    }

    static func integer(_ value: Int) -> MathExpression {
        value < 0
            ? .negative(.number(digits: String(-value), isDecimal: false))
            : .number(digits: String(value), isDecimal: false)
    }

    static func negative(_ value: MathExpression) -> MathExpression {
        .product([.number(digits: "-1", isDecimal: false), value])
    }

    static func quotient(_ above: MathExpression, _ below: MathExpression) -> MathExpression {
        .product([above, .power(below, .number(digits: "-1", isDecimal: false))])
    }

    /// The parts of a compound expression.
    var children: [MathExpression] {
        switch self {
        case .number, .symbol, .constant, .numberSet: []
        case .sum(let parts), .product(let parts), .apply(_, let parts), .tuple(let parts), .set(let parts),
            .union(let parts), .intersection(let parts):
            parts
        case .power(let first, let second), .difference(let first, let second): [first, second]
        case .interval(let start, let end, _, _): [start, end]
        case .percent(let value): [value]
        case .plusMinus(let first, let second, _): (first.map { [$0] } ?? []) + [second]
        case .matrix(let rows): rows.flatMap { $0 }
        case .relation(let terms, _): terms
        }
    }

    /// The same expression with other parts.
    func replacingChildren(_ transform: (MathExpression) -> MathExpression) -> MathExpression {
        switch self {
        case .number, .symbol, .constant, .numberSet: self
        case .sum(let parts): .sum(parts.map(transform))
        case .product(let parts): .product(parts.map(transform))
        case .apply(let name, let parts): .apply(name, parts.map(transform))
        case .tuple(let parts): .tuple(parts.map(transform))
        case .set(let parts): .set(parts.map(transform))
        case .union(let parts): .union(parts.map(transform))
        case .intersection(let parts): .intersection(parts.map(transform))
        case .power(let first, let second): .power(transform(first), transform(second))
        case .difference(let first, let second): .difference(transform(first), transform(second))
        case .interval(let start, let end, let openStart, let openEnd):
            .interval(transform(start), transform(end), openStart: openStart, openEnd: openEnd)
        case .percent(let value): .percent(transform(value))
        case .plusMinus(let first, let second, let flipped):
            .plusMinus(first.map(transform), transform(second), flipped: flipped)
        case .matrix(let rows): .matrix(rows.map { $0.map(transform) })
        case .relation(let terms, let relations): .relation(terms: terms.map(transform), relations: relations)
        }
    }

    /// The names of its variables.
    var symbols: Set<String> {
        if case .symbol(let name) = self { return [name] }
        return children.reduce(into: []) { $0.formUnion($1.symbols) }
    }

    /// The values that a plus-minus sign stands for, upper signs first; nil where there is none.
    var bothSigns: [MathExpression]? {
        guard hasPlusMinus else { return nil }
        return [choosing(upper: true), choosing(upper: false)]
    }

    private var hasPlusMinus: Bool {
        if case .plusMinus = self { return true }
        return children.contains(where: \.hasPlusMinus)
    }

    private func choosing(upper: Bool) -> MathExpression {
        let chosen = replacingChildren { $0.choosing(upper: upper) }
        guard case .plusMinus(let first, let second, let flipped) = chosen else { return chosen }
        let term = upper != flipped ? second : .negative(second)
        return first.map { .sum([$0, term]) } ?? term
    }
}

/// Why an answer is not understood.
package enum MathSyntaxError: Error, Hashable, Sendable {
    /// It is no well-formed notation, such as a fraction without its denominator.
    case malformed(String)
    /// It may be well-formed, but has something that the parser does not know; it can still be compared as text.
    case unknown(String)
    /// It is longer or deeper than is read.
    case tooLarge(String)

    package var message: String {
        switch self {
        case .malformed(let message), .unknown(let message), .tooLarge(let message): message
        }
    }
}
