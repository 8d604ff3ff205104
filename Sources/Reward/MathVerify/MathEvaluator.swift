import Foundation

/// Comparing took more work than is spent on one answer.
struct MathWorkExceeded: Error {}

/// Computes expressions at seeded points. Every step is counted, so no expression takes more than its share of time.
struct MathEvaluator {
    /// Steps that one pair of answers may take: tens of milliseconds.
    static let maximumWork = 400_000
    /// The largest n of n! and of binomial(n, k) that is computed.
    static let maximumFactorial = 20_000

    /// The most terms of a sum or product that are added up.
    static let maximumTerms = 2000

    private var work = 0
    private let seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    mutating func spend(_ amount: Int) throws(MathWorkExceeded) {
        work += amount
        guard work <= Self.maximumWork else { throw MathWorkExceeded() }
    }

    /// The value at a point; nil where there is none, or it cannot be computed (a power tower, say).
    mutating func value(of expression: MathExpression, at point: Int) throws(MathWorkExceeded) -> MathValue? {
        try spend(1)
        switch expression {
        case .number(let digits, _):
            try spend(digits.utf8.count / 4)
            if digits == "-1" { return MathValue(-1) }
            guard let number = Double(digits) else { return nil }
            return MathValue(ComplexValue(number), residue: ModularValue(digits: digits))
        case .symbol(let name): return variable(name, at: point)
        case .constant(let constant):
            switch constant {
            case .pi: return MathValue(ComplexValue(.pi))
            case .e: return MathValue(ComplexValue(M_E))
            case .i: return MathValue(.i, error: 0)
            case .infinity: return .infinite(1)
            }
        case .sum(let terms):
            var sum = MathValue(0)
            for term in terms {
                guard let value = try value(of: term, at: point), let next = sum + value else { return nil }
                sum = next
            }
            return sum
        case .product(let factors):
            var product = MathValue(1)
            for factor in factors {
                guard let value = try value(of: factor, at: point), let next = product * value else { return nil }
                product = next
            }
            return product
        case .power(let base, let exponent):
            try spend(16)
            guard let base = try value(of: base, at: point), let exponent = try value(of: exponent, at: point) else {
                return nil
            }
            return base.power(exponent)
        case .percent(let inner):
            guard let value = try value(of: inner, at: point), let hundredth = MathValue(100).power(MathValue(-1))
            else {
                return nil
            }
            return value * hundredth
        case .apply("det", let arguments):
            guard arguments.count == 1, case .matrix(let rows) = arguments[0] else { return nil }
            return try determinant(rows, at: point)
        case .apply("sum", let parts), .apply("prod", let parts): return try series(expression, parts, at: point)
        case .apply(let name, let arguments):
            var values: [MathValue] = []
            for argument in arguments {
                guard let value = try value(of: argument, at: point) else { return nil }
                values.append(value)
            }
            return try apply(name, values)
        case .plusMinus, .tuple, .set, .interval, .numberSet, .union, .intersection, .difference, .matrix, .relation:
            return nil
        }
    }

    /// A sum or product over whole numbers, where both bounds are known.
    private mutating func series(
        _ expression: MathExpression, _ parts: [MathExpression], at point: Int
    ) throws(MathWorkExceeded) -> MathValue? {
        guard parts.count == 4, let first = try value(of: parts[1], at: point)?.integer,
            let last = try value(of: parts[2], at: point)?.integer, last - first <= Self.maximumTerms
        else { return nil }
        var isSum = false
        if case .apply("sum", _) = expression { isSum = true }
        var total = MathValue(isSum ? 0 : 1)
        guard first <= last else { return total }
        for index in first...last {
            func place(_ part: MathExpression) -> MathExpression {
                part == parts[0] ? .integer(index) : part.replacingChildren(place)
            }
            let term = place(parts[3])
            guard let value = try value(of: term, at: point), let next = isSum ? total + value : total * value else {
                return nil
            }
            total = next
        }
        return total
    }

    /// The first points have positive variables only, where roots and logarithms are real.
    private func variable(_ name: String, at point: Int) -> MathValue {
        let bits = ModularValue.mixed(Self.hash(name) ^ ModularValue.mixed(seed &+ UInt64(point)))
        let size = 0.3 + Double(bits >> 12) / Double(UInt64(1) << 52) * 2.4
        return MathValue(
            ComplexValue(point >= 2 && bits & 1 == 1 ? -size : size), residue: ModularValue(seed: bits), error: 0)
    }

    /// FNV-1a: the same on every machine.
    static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    private mutating func determinant(_ rows: [[MathExpression]], at point: Int) throws(MathWorkExceeded) -> MathValue?
    {
        guard rows.count <= 6, rows.allSatisfy({ $0.count == rows.count }) else { return nil }
        guard rows.count > 1 else {
            return try rows.first.map { row throws(MathWorkExceeded) in try value(of: row[0], at: point) } ?? nil
        }
        var sum = MathValue(0)
        for column in rows.indices {
            let minor = rows.dropFirst().map { row in row.enumerated().filter { $0.offset != column }.map(\.element) }
            guard let factor = try value(of: rows[0][column], at: point),
                let cofactor = try determinant(minor, at: point), let product = factor * cofactor,
                let signed = MathValue(column % 2 == 0 ? 1 : -1) * product, let next = sum + signed
            else { return nil }
            sum = next
        }
        return sum
    }

    private mutating func apply(_ name: String, _ values: [MathValue]) throws(MathWorkExceeded) -> MathValue? {
        if name.hasPrefix("function ") { return unknownFunction(name, of: values) }
        guard let first = values.first,
            values.allSatisfy({ $0.infinity == 0 && $0.complex.isFinite || $0.residue != nil })
        else { return nil }
        switch (name, values.count) {
        case ("factorial", 1): return try factorial(first)
        case ("binomial", 2): return try binomial(first, values[1])
        case ("mod", 2): return MathFunctions.remainder(first, values[1])
        case ("gcd", 2...), ("lcm", 2...):
            let whole = values.compactMap(\.integer)
            guard whole.count == values.count else { return nil }
            return MathFunctions.commonDivisorOrMultiple(whole, multiple: name == "lcm").map { MathValue($0) }
        case ("max", 1...), ("min", 1...):
            let real = values.compactMap(\.real)
            guard real.count == values.count else { return nil }
            return values.min { ($0.complex.real < $1.complex.real) == (name == "min") }
        case ("log", 1), ("lg", 1): return MathFunctions.logarithm(of: first, base: MathValue(10))
        case ("ln", 1): return MathFunctions.logarithm(of: first, base: nil)
        case ("log", 2), ("ln", 2), ("lg", 2): return MathFunctions.logarithm(of: first, base: values[1])
        case (_, 1): return MathFunctions.elementary(name, first)
        default: return nil
        }
    }

    /// A function of which nothing is known has a value that depends on its name and arguments alone.
    private func unknownFunction(_ name: String, of values: [MathValue]) -> MathValue? {
        var bits = Self.hash(name)
        for value in values {
            guard value.complex.isFinite else { return nil }
            let text = String(format: "%.9g %.9g", value.complex.real + 0, value.complex.imaginary + 0)
            bits = ModularValue.mixed(bits ^ Self.hash(text))
        }
        return MathValue(ComplexValue(0.3 + Double(bits >> 12) / Double(UInt64(1) << 52) * 2.4))
    }

    private mutating func factorial(_ value: MathValue) throws(MathWorkExceeded) -> MathValue? {
        if value.residue != nil, let whole = value.integer {
            guard (0...Self.maximumFactorial).contains(whole) else { return nil }
            try spend(whole)
            let residue = (0..<whole).reduce(ModularValue(1)) { $0 * ModularValue($1 + 1) }
            return MathValue(ComplexValue(tgamma(Double(whole) + 1)), residue: residue)
        }
        guard let real = value.real, real.isFinite else { return nil }
        return MathValue(ComplexValue(tgamma(real + 1)), error: abs(tgamma(real + 1)) * 1e-14)
    }

    private mutating func binomial(_ above: MathValue, _ below: MathValue) throws(MathWorkExceeded) -> MathValue? {
        if let n = above.integer, let k = below.integer {
            guard k >= 0, n < 0 || k <= n else { return MathValue(0) }
            let steps = n >= 0 ? min(k, n - k) : k
            guard steps <= Self.maximumFactorial else { return nil }
            try spend(steps)
            var (size, top, bottom) = (1.0, ModularValue(1), ModularValue(1))
            for step in 0..<steps {
                size *= Double(n - step) / Double(step + 1)
                top = top * ModularValue(n - step)
                bottom = bottom * ModularValue(step + 1)
            }
            return MathValue(ComplexValue(size), residue: top / bottom)
        }
        // n over a small k is a polynomial of n.
        if let k = below.integer, (0...64).contains(k) {
            var result = MathValue(1)
            for step in 0..<k {
                guard let factor = above + MathValue(-step), let next = result * factor,
                    let reciprocal = MathValue(step + 1).power(MathValue(-1)), let scaled = next * reciprocal
                else { return nil }
                result = scaled
            }
            return result
        }
        guard let n = above.real, let k = below.real else { return nil }
        let size = tgamma(n + 1) / (tgamma(k + 1) * tgamma(n - k + 1))
        return MathValue(ComplexValue(size), error: abs(size) * 1e-13)
    }
}
