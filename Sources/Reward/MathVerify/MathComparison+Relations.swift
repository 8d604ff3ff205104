/// Equations and inequalities.
extension MathComparison {
    mutating func equalRelations(
        _ expert: MathExpression, _ prediction: MathExpression
    ) throws(MathWorkExceeded) -> Bool {
        let (first, second) = (expert.links, prediction.links)
        if first.count == second.count {
            if try equalLinks(first, second) { return true }
            if first.count > 1, try equalLinks(first, second.reversed()) { return true }
        }
        // The same values of one variable, however they are written: 2 > x > 1 and 1 < x < 2.
        guard !expert.isEquation, !prediction.isEquation, expert.symbols == prediction.symbols,
            let left = try realSet(of: expert), let right = try realSet(of: prediction)
        else { return false }
        return left == right
    }

    private mutating func equalLinks(_ expert: [MathLink], _ prediction: [MathLink]) throws(MathWorkExceeded) -> Bool {
        for (first, second) in zip(expert, prediction) where try !equalLink(first, second) { return false }
        return true
    }

    private mutating func equalLink(_ expert: MathLink, _ prediction: MathLink) throws(MathWorkExceeded) -> Bool {
        if expert.relation == prediction.relation,
            try equalOrdered([expert.left, expert.right], [prediction.left, prediction.right])
        {
            return true
        }
        if expert.relation == prediction.relation.flipped, expert.relation != .member,
            try equalOrdered([expert.left, expert.right], [prediction.right, prediction.left])
        {
            return true
        }
        guard !expert.hasSets, !prediction.hasSets, expert.relation != .member else { return false }
        return try proportional(expert, prediction)
    }

    /// Whether left - right of one is a constant times that of the other; a negative one turns an inequality round.
    private mutating func proportional(_ expert: MathLink, _ prediction: MathLink) throws(MathWorkExceeded) -> Bool {
        guard expert.difference.symbols == prediction.difference.symbols, !expert.difference.symbols.isEmpty else {
            return false
        }
        var ratio: MathValue?
        var agreeing = 0
        for point in 0..<5 {
            guard let above = try evaluator.value(of: expert.difference, at: point),
                let below = try evaluator.value(of: prediction.difference, at: point),
                let reciprocal = below.power(MathValue(-1)), let value = above * reciprocal, value.complex.magnitude > 0
            else { continue }
            if let ratio {
                guard ratio.equals(value, precision: settings.numericPrecision) == true else { return false }
                agreeing += 1
            } else {
                ratio = value
            }
        }
        guard agreeing >= 2, let factor = ratio?.real, factor != 0 else { return false }
        return expert.relation == (factor > 0 ? prediction.relation : prediction.relation.flipped)
    }
}

/// One relation of a chain: `left relation right`.
struct MathLink {
    var left: MathExpression
    var right: MathExpression
    var relation: MathExpression.Relation

    var difference: MathExpression { .sum([left, .negative(right)]) }
    var hasSets: Bool { left.isSet || right.isSet }
}

extension MathExpression.Relation {
    var flipped: Self {
        switch self {
        case .equal: .equal
        // What has a set on its right cannot be turned round.
        case .member: .member
        case .unequal: .unequal
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }
}
