/// Sets, tuples and intervals.
extension MathComparison {
    mutating func equalSets(_ expert: MathExpression, _ prediction: MathExpression) throws(MathWorkExceeded) -> Bool {
        let first = try pairOrInterval(expert.isSet ? expert : .set([expert]))
        let second = try pairOrInterval(prediction.isSet ? prediction : .set([prediction]))
        if first == second { return true }
        switch (first, second) {
        case (
            .interval(let start, let end, let openStart, let openEnd),
            .interval(let otherStart, let otherEnd, let otherOpenStart, let otherOpenEnd)
        ):
            return openStart == otherOpenStart && openEnd == otherOpenEnd
                ? try equalOrdered([start, end], [otherStart, otherEnd]) : false
        case (.set(let elements), .set(let others)):
            return try equalUnordered(try distinct(elements), try distinct(others))
        case (.set(let elements), .tuple(let others)):
            return try equalUnordered(try distinct(elements), others)
        case (.tuple(let elements), .tuple(let others)): return try equalOrdered(elements, others)
        case (.tuple(let elements), .set(let others)):
            return settings.strict ? try equalOrdered(elements, others) : try equalUnordered(elements, others)
        // (1, 2) may have been meant as a pair.
        case (.interval(let start, let end, true, true), .set(let others)),
            (.interval(let start, let end, true, true), .tuple(let others)):
            if try equalOrdered([start, end], others) { return true }
        case (.set(let elements), .interval(let start, let end, true, true)):
            if try equalUnordered(elements, [start, end]) { return true }
        case (.tuple(let elements), .interval(let start, let end, true, true)):
            return try equalOrdered(elements, [start, end])
        default: break
        }
        if let left = try realSet(of: first), let right = try realSet(of: second) { return left == right }
        switch (first, second) {
        case (.union(let parts), .union(let others)), (.intersection(let parts), .intersection(let others)):
            return try equalUnordered(parts, others)
        case (.difference(let whole, let part), .difference(let otherWhole, let otherPart)):
            return try equalOrdered([whole, part], [otherWhole, otherPart])
        default: return false
        }
    }

    /// An interval that would be empty is a pair: (5, 3).
    private mutating func pairOrInterval(_ value: MathExpression) throws(MathWorkExceeded) -> MathExpression {
        guard case .interval(let start, let end, let openStart, let openEnd) = value, openStart == openEnd else {
            return value
        }
        guard let from = try constant(start), let to = try constant(end) else { return value }
        let isEmpty = to.complex.real < from.complex.real || openStart && from.equals(to) == true
        return isEmpty ? .tuple([start, end]) : value
    }

    /// The real value of an expression without variables.
    private mutating func constant(_ value: MathExpression) throws(MathWorkExceeded) -> MathValue? {
        guard value.symbols.isEmpty, let number = try evaluator.value(of: value, at: 0), let real = number.real,
            number.infinity != 0 || real.isFinite
        else { return nil }
        return number
    }

    /// What the expression says of the real numbers; nil where that cannot be told.
    mutating func realSet(of value: MathExpression) throws(MathWorkExceeded) -> RealSet? {
        switch value {
        case .interval(let start, let end, let openStart, let openEnd):
            guard let from = try constant(start), let to = try constant(end) else { return nil }
            return RealSet([
                .init(
                    start: from, end: to, openStart: openStart || from.infinity != 0,
                    openEnd: openEnd || to.infinity != 0)
            ])
        case .set(let elements):
            var result = RealSet([])
            for element in elements {
                guard let number = try constant(element) else { return nil }
                result = result.union(.point(number))
            }
            return result
        case .numberSet(.reals): return .reals
        case .numberSet(.empty): return RealSet([])
        case .union(let parts):
            var result = RealSet([])
            for part in parts {
                guard let set = try realSet(of: part) else { return nil }
                result = result.union(set)
            }
            return result
        case .intersection(let parts):
            var result = RealSet.reals
            for part in parts {
                guard let set = try realSet(of: part) else { return nil }
                result = result.intersection(set)
            }
            return result
        case .difference(let whole, let part):
            guard let whole = try realSet(of: whole), let part = try realSet(of: part) else { return nil }
            return whole.intersection(part.complement)
        case .relation: return try solutions(of: value)
        default: return nil
        }
    }

    /// The values of the one variable for which linear relations hold.
    private mutating func solutions(of relation: MathExpression) throws(MathWorkExceeded) -> RealSet? {
        guard let name = relation.symbols.first, relation.symbols.count == 1 else { return nil }
        var result = RealSet.reals
        for link in relation.links {
            if link.hasSets {
                guard link.relation == .equal || link.relation == .member, link.left == .symbol(name),
                    let set = try realSet(of: link.right)
                else {
                    return nil
                }
                result = result.intersection(set)
                continue
            }
            guard let set = try solutions(of: link, variable: name) else { return nil }
            result = result.intersection(set)
        }
        return result
    }

    private mutating func solutions(of link: MathLink, variable: String) throws(MathWorkExceeded) -> RealSet? {
        if link.left == .symbol(variable), let bound = try constant(link.right) {
            return Self.halfLine(from: bound, link.relation)
        }
        if link.right == .symbol(variable), let bound = try constant(link.left) {
            return Self.halfLine(from: bound, link.relation.flipped)
        }
        var values: [MathValue] = []
        for point in 0...2 {
            func place(_ value: MathExpression) -> MathExpression {
                value == .symbol(variable) ? .integer(point) : value.replacingChildren(place)
            }
            guard let value = try constant(place(link.difference)), value.infinity == 0 else { return nil }
            values.append(value)
        }
        let minus = MathValue(-1)
        guard let negative = minus * values[0], let slope = values[1] + negative, let real = slope.real,
            let step = minus * values[1], let second = values[2] + step,
            second.equals(slope) == true, slope.equals(MathValue(0)) == false,
            let reciprocal = slope.power(minus), let root = negative * reciprocal
        else { return nil }
        return Self.halfLine(from: root, real > 0 ? link.relation : link.relation.flipped)
    }

    private static func halfLine(from bound: MathValue, _ relation: MathExpression.Relation) -> RealSet {
        let (low, high) = (MathValue.infinite(-1), MathValue.infinite(1))
        switch relation {
        case .equal, .member: return .point(bound)
        case .unequal: return RealSet.point(bound).complement
        case .less: return RealSet([.init(start: low, end: bound, openStart: true, openEnd: true)])
        case .lessOrEqual:
            return RealSet([.init(start: low, end: bound, openStart: true, openEnd: bound.infinity != 0)])
        case .greater: return RealSet([.init(start: bound, end: high, openStart: true, openEnd: true)])
        case .greaterOrEqual:
            return RealSet([.init(start: bound, end: high, openStart: bound.infinity != 0, openEnd: true)])
        }
    }
}
