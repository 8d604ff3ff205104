import Foundation

/// What an expression is worth at one point: in double precision with a bound of the rounding error, and exactly modulo primes where it is rational.
struct MathValue: Sendable {
    static let epsilon = 2.3e-16

    var complex: ComplexValue
    /// nil where the value was not computed by rational operations alone.
    var residue: ModularValue?
    /// How far rounding may have taken `complex` from the truth.
    var error: Double
    /// +1 or -1 for the infinities that were written, else 0.
    var infinity = 0

    init(_ complex: ComplexValue, residue: ModularValue? = nil, error: Double? = nil) {
        self.complex = complex
        self.residue = residue
        self.error = error ?? complex.magnitude * Self.epsilon
    }

    init(_ value: Int) { self.init(ComplexValue(Double(value)), residue: ModularValue(value), error: 0) }

    static func infinite(_ sign: Int) -> MathValue {
        var value = MathValue(ComplexValue(Double(sign) * .infinity), error: 0)
        value.infinity = sign
        return value
    }

    /// The real value; nil when it is not real.
    var real: Double? {
        if complex.isReal { return complex.real }
        return abs(complex.imaginary) <= 64 * error + 1e-13 * abs(complex.real) ? complex.real : nil
    }

    /// The whole number that it is exactly, below 2^53.
    var integer: Int? {
        guard let residue, let real, abs(real) < 9e15 else { return nil }
        let whole = Int(real.rounded())
        return residue == ModularValue(whole) ? whole : nil
    }

    /// The fraction that it is exactly, with a small denominator.
    var fraction: (above: Int, below: Int)? {
        guard let residue, let real, abs(real) < 1e9 else { return nil }
        for below in 1...60 {
            let above = Int((real * Double(below)).rounded())
            if residue * ModularValue(below) == ModularValue(above) { return (above, below) }
        }
        return nil
    }

    /// Whether the two are the same number as far as can be told.
    ///
    /// - Parameter precision: Digits that must agree; the last three are left to rounding.
    func equals(_ other: MathValue, precision: Int = 15) -> Bool? {
        if infinity != 0 || other.infinity != 0 { return infinity == other.infinity }
        if let residue, let otherResidue = other.residue { return residue == otherResidue }
        guard complex.isFinite, other.complex.isFinite else { return nil }
        let distance = (complex - other.complex).magnitude
        let size = max(complex.magnitude, other.complex.magnitude)
        return distance <= 64 * (error + other.error) + pow(10, Double(3 - precision)) * size
    }

    static func + (left: Self, right: Self) -> Self? {
        if left.infinity != 0 || right.infinity != 0 {
            guard left.infinity != -right.infinity || left.infinity == 0 else { return nil }
            return .infinite(left.infinity != 0 ? left.infinity : right.infinity)
        }
        let sum = left.complex + right.complex
        let size = max(left.complex.magnitude, right.complex.magnitude)
        var residue: ModularValue?
        if let first = left.residue, let second = right.residue { residue = first + second }
        return Self(sum, residue: residue, error: left.error + right.error + size * epsilon)
    }

    static func * (left: Self, right: Self) -> Self? {
        if left.infinity != 0 || right.infinity != 0 {
            guard let first = left.real, let second = right.real, first != 0, second != 0 else { return nil }
            return .infinite((first < 0) == (second < 0) ? 1 : -1)
        }
        let product = left.complex * right.complex
        var residue: ModularValue?
        if let first = left.residue, let second = right.residue { residue = first * second }
        return Self(
            product, residue: residue,
            error: left.complex.magnitude * right.error + right.complex.magnitude * left.error
                + product.magnitude * epsilon)
    }

    /// nil where the power is not defined or cannot be computed.
    func power(_ exponent: Self) -> Self? {
        guard infinity == 0, exponent.infinity == 0, complex.isFinite || residue != nil, exponent.complex.isFinite
        else {
            return nil
        }
        if let whole = exponent.integer {
            if whole == 0 { return complex.magnitude == 0 ? nil : MathValue(1) }
            if whole < 0, residue == ModularValue(0) || complex.magnitude == 0 { return nil }
            return Self(
                complex.power(exponent.complex), residue: residue.flatMap { $0.power(whole) },
                error: relativeError(times: abs(Double(whole)) + 1, of: complex.power(exponent.complex)))
        }
        guard complex.isFinite else { return nil }
        let fraction = exponent.fraction
        var result = complex.power(exponent.complex)
        if let fraction, fraction.below % 2 == 1, complex.isReal, complex.real < 0 {
            // The real root, as schools teach it: the cube root of -8 is -2.
            let size = ComplexValue(-complex.real).power(exponent.complex)
            result = fraction.above % 2 == 0 ? size : -size
        }
        guard !result.real.isNaN, !result.imaginary.isNaN else { return nil }
        return Self(
            result, residue: fraction.flatMap { exactRoot(result, $0.above, $0.below) },
            error: relativeError(times: 1 + exponent.complex.magnitude, of: result)
                + exponent.error * result.magnitude * max(1, abs(complex.logarithm.magnitude)))
    }

    private func relativeError(times factor: Double, of result: ComplexValue) -> Double {
        guard complex.magnitude > 0 else { return error }
        return result.magnitude * (factor * error / complex.magnitude + 4 * Self.epsilon)
    }

    /// The residue of a root that is rational: the square root of 9/4.
    private func exactRoot(_ root: ComplexValue, _ above: Int, _ below: Int) -> ModularValue? {
        guard root.isReal, abs(root.real) < 1e12, let residue, let power = residue.power(above) else { return nil }
        for denominator in 1...40 {
            let numerator = (root.real * Double(denominator)).rounded()
            guard abs(root.real * Double(denominator) - numerator) < 1e-6 * max(1, abs(numerator)) else { continue }
            if let candidate = ModularValue(Int(numerator)) / ModularValue(denominator), candidate.power(below) == power
            {
                return candidate
            }
        }
        return nil
    }
}
