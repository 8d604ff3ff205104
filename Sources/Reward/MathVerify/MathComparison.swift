import Foundation

/// Whether two answers say the same, after the rules of math-verify 0.9: the expert's form decides what is unwrapped, order counts in tuples and
/// not in sets, decimals are rounded, everything else must be equal as mathematics.
struct MathComparison {
    /// Points at which expressions with variables are compared.
    private static let points = 6

    let settings: MathVerifySettings
    var evaluator: MathEvaluator
    private var depth = 0

    init(settings: MathVerifySettings, seed: UInt64) {
        self.settings = settings
        evaluator = MathEvaluator(seed: seed)
    }

    /// - Throws: When the comparison would take more work than is spent on one pair.
    mutating func equal(
        _ expert: MathExpression, _ prediction: MathExpression
    ) throws(MathWorkExceeded) -> Bool {
        try evaluator.spend(4)
        var expert = expert
        var prediction = prediction
        if depth == 0, !settings.strict { prediction = Self.renamed(prediction, like: expert) }
        depth += 1
        defer { depth -= 1 }
        // x = 2 + 3 = 5 says x = 5.
        if expert.isAssignment { expert = expert.firstTermIsLast }
        if prediction.isAssignment { prediction = prediction.firstTermIsLast }
        if prediction.isEquation, !expert.isEquation {
            prediction = prediction.lastTerm
        } else if expert.isAssignment, !prediction.isEquation {
            expert = expert.lastTerm
        }
        if expert == prediction { return true }
        if expert.isRelation, prediction.isSet {
            guard let first = try realSet(of: expert), let second = try realSet(of: prediction) else { return false }
            return first == second
        }
        if settings.allowSetRelationComp, prediction.isRelation, expert.isSet {
            guard let first = try realSet(of: expert), let second = try realSet(of: prediction) else { return false }
            return first == second
        }
        if expert.isRelation, prediction.isRelation { return try equalRelations(expert, prediction) }
        if expert.isSet || prediction.isSet { return try equalSets(expert, prediction) }
        if expert.isRelation || prediction.isRelation { return false }
        if let first = expert.matrixRows, let second = prediction.matrixRows { return try equalMatrices(first, second) }
        if expert.isSymbol || prediction.isSymbol, let first = expert.letters, first == prediction.letters {
            return true
        }
        return try equalNumbers(expert, prediction)
    }

    // MARK: Numbers and expressions

    private mutating func equalNumbers(
        _ expert: MathExpression, _ prediction: MathExpression
    ) throws(MathWorkExceeded) -> Bool {
        let (first, second) = (expert.literalKind, prediction.literalKind)
        if first == .decimal || second == .decimal {
            if let left = try evaluator.value(of: expert, at: 0),
                let right = try evaluator.value(of: prediction, at: 0),
                expert.symbols.isEmpty, prediction.symbols.isEmpty
            {
                return equalDecimals(left, right)
            }
        } else if let left = expert.wholePercent, let right = prediction.wholePercent {
            // 9% is 9: the sign is often left out where the question has it.
            if try equalValues(left, right) == true { return true }
        }
        if let result = try equalValues(expert, prediction) { return result }
        return try equalParts(expert, prediction)
    }

    private func equalDecimals(_ left: MathValue, _ right: MathValue) -> Bool {
        if left.infinity != 0 || right.infinity != 0 { return left.infinity == right.infinity }
        if let first = left.residue, first == right.residue { return true }
        let scale = pow(10, Double(settings.floatRounding))
        func equal(_ first: Double, _ second: Double) -> Bool {
            guard first.isFinite, second.isFinite else { return false }
            if abs(first) * scale >= 9e15 { return abs(first - second) <= 1e-15 * abs(first) }
            return (first * scale).rounded(.toNearestOrEven) == (second * scale).rounded(.toNearestOrEven)
        }
        return equal(left.complex.real, right.complex.real) && equal(left.complex.imaginary, right.complex.imaginary)
    }

    /// nil where too few points have a value to tell.
    mutating func equalValues(
        _ expert: MathExpression, _ prediction: MathExpression
    ) throws(MathWorkExceeded) -> Bool? {
        let constant = expert.symbols.isEmpty && prediction.symbols.isEmpty
        var agreeing = 0
        for point in 0..<(constant ? 1 : Self.points) {
            guard let left = try evaluator.value(of: expert, at: point),
                let right = try evaluator.value(of: prediction, at: point),
                let equal = left.equals(right, precision: settings.numericPrecision)
            else { continue }
            guard equal else { return false }
            agreeing += 1
        }
        return agreeing >= (constant ? 1 : 2) ? true : nil
    }

    /// Where there are no values, such as for 9^9^9^9: equal when their parts are.
    private mutating func equalParts(
        _ expert: MathExpression, _ prediction: MathExpression
    ) throws(MathWorkExceeded) -> Bool {
        switch (expert, prediction) {
        case (.sum(let first), .sum(let second)), (.product(let first), .product(let second)):
            return try equalUnordered(first, second)
        case (.power(let base, let exponent), .power(let otherBase, let otherExponent)):
            return try equalOrdered([base, exponent], [otherBase, otherExponent])
        case (.apply(let name, let first), .apply(let otherName, let second)):
            return name == otherName ? try equalOrdered(first, second) : false
        case (.percent(let first), .percent(let second)): return try equal(first, second)
        default: return false
        }
    }

    private mutating func equalMatrices(
        _ expert: [[MathExpression]], _ prediction: [[MathExpression]]
    ) throws(MathWorkExceeded) -> Bool {
        guard expert.map(\.count) == prediction.map(\.count) else { return false }
        return try equalOrdered(expert.flatMap { $0 }, prediction.flatMap { $0 })
    }

    // MARK: Lists

    mutating func equalOrdered(
        _ expert: [MathExpression], _ prediction: [MathExpression]
    ) throws(MathWorkExceeded) -> Bool {
        guard expert.count == prediction.count else { return false }
        for (first, second) in zip(expert, prediction) where try !equal(first, second) { return false }
        return true
    }

    /// Whether every element has its own partner.
    mutating func equalUnordered(
        _ expert: [MathExpression], _ prediction: [MathExpression]
    ) throws(MathWorkExceeded) -> Bool {
        guard expert.count == prediction.count else { return false }
        var rest = prediction
        for element in expert {
            var partner: Int?
            for index in rest.indices where try equal(element, rest[index]) {
                partner = index
                break
            }
            guard let partner else { return false }
            rest.remove(at: partner)
        }
        return true
    }

    /// The elements of a set, each once.
    mutating func distinct(_ elements: [MathExpression]) throws(MathWorkExceeded) -> [MathExpression] {
        var result: [MathExpression] = []
        next: for element in elements {
            for earlier in result where try equal(earlier, element) { continue next }
            result.append(element)
        }
        return result
    }

    /// The expression with its variables named like the expert's, in alphabetical order, where there are as many.
    private static func renamed(_ prediction: MathExpression, like expert: MathExpression) -> MathExpression {
        let (from, to) = (prediction.symbols.sorted(), expert.symbols.sorted())
        guard from.count == to.count else { return prediction }
        let names = Dictionary(uniqueKeysWithValues: zip(from, to))
        func rename(_ value: MathExpression) -> MathExpression {
            if case .symbol(let name) = value { return .symbol(names[name] ?? name) }
            return value.replacingChildren(rename)
        }
        return rename(prediction)
    }
}
