import Foundation

/// A complex number in double precision, with principal values as in sympy.
struct ComplexValue: Hashable, Sendable {
    var real: Double
    var imaginary: Double

    init(_ real: Double, _ imaginary: Double = 0) {
        self.real = real
        self.imaginary = imaginary
    }

    static let i = ComplexValue(0, 1)

    var isFinite: Bool { real.isFinite && imaginary.isFinite }
    var isReal: Bool { imaginary == 0 }
    var magnitude: Double { hypot(real, imaginary) }
    var argument: Double { atan2(imaginary, real) }

    static func + (left: Self, right: Self) -> Self {
        Self(left.real + right.real, left.imaginary + right.imaginary)
    }

    static func - (left: Self, right: Self) -> Self {
        Self(left.real - right.real, left.imaginary - right.imaginary)
    }

    static prefix func - (value: Self) -> Self { Self(-value.real, -value.imaginary) }

    static func * (left: Self, right: Self) -> Self {
        if left.isReal { return Self(left.real * right.real, right.imaginary == 0 ? 0 : left.real * right.imaginary) }
        if right.isReal { return Self(left.real * right.real, left.imaginary * right.real) }
        return Self(
            left.real * right.real - left.imaginary * right.imaginary,
            left.real * right.imaginary + left.imaginary * right.real)
    }

    static func / (left: Self, right: Self) -> Self {
        if right.isReal { return Self(left.real / right.real, left.imaginary == 0 ? 0 : left.imaginary / right.real) }
        let square = right.real * right.real + right.imaginary * right.imaginary
        let product = left * Self(right.real, -right.imaginary)
        return Self(product.real / square, product.imaginary / square)
    }

    var exponential: Self {
        let size = Foundation.exp(real)
        return isReal ? Self(size) : Self(size * Foundation.cos(imaginary), size * Foundation.sin(imaginary))
    }

    var logarithm: Self {
        isReal && real > 0 ? Self(Foundation.log(real)) : Self(Foundation.log(magnitude), argument)
    }

    var squareRoot: Self {
        if isReal { return real >= 0 ? Self(real.squareRoot()) : Self(0, (-real).squareRoot()) }
        let root = magnitude.squareRoot()
        return Self(root * Foundation.cos(argument / 2), root * Foundation.sin(argument / 2))
    }

    func power(_ exponent: Self) -> Self {
        if exponent.isReal {
            if exponent.real == 0.5 { return squareRoot }
            if isReal, real >= 0 || exponent.real.rounded() == exponent.real {
                return Self(Foundation.pow(real, exponent.real))
            }
            if exponent.real.rounded() == exponent.real, abs(exponent.real) <= 64 {
                var result = Self(1)
                for _ in 0..<Int(abs(exponent.real)) { result = result * self }
                return exponent.real < 0 ? Self(1) / result : result
            }
        }
        if magnitude == 0 { return exponent.real > 0 ? Self(0) : Self(.nan) }
        return (exponent * logarithm).exponential
    }

    var sine: Self {
        isReal
            ? Self(Foundation.sin(real))
            : Self(Foundation.sin(real) * Foundation.cosh(imaginary), Foundation.cos(real) * Foundation.sinh(imaginary))
    }

    var cosine: Self {
        isReal
            ? Self(Foundation.cos(real))
            : Self(
                Foundation.cos(real) * Foundation.cosh(imaginary), -Foundation.sin(real) * Foundation.sinh(imaginary))
    }

    var arcsine: Self {
        if isReal, abs(real) <= 1 { return Self(Foundation.asin(real)) }
        return -(Self.i * (Self.i * self + (Self(1) - self * self).squareRoot).logarithm)
    }

    var arctangent: Self {
        if isReal { return Self(Foundation.atan(real)) }
        let half = Self(0, 0.5)
        return half * ((Self(1) - Self.i * self).logarithm - (Self(1) + Self.i * self).logarithm)
    }

    var hyperbolicSine: Self { (exponential - (-self).exponential) / Self(2) }
    var hyperbolicCosine: Self { (exponential + (-self).exponential) / Self(2) }
}
