import Foundation

/// The functions that answers use.
enum MathFunctions {
    /// A function of one argument; nil for one that is not known, or not defined there.
    static func elementary(_ name: String, _ argument: MathValue) -> MathValue? {
        guard argument.complex.isFinite || name == "abs" else { return nil }
        let z = argument.complex
        let one = ComplexValue(1)
        let result: ComplexValue
        switch name {
        case "abs":
            guard let real = argument.real else { return MathValue(ComplexValue(z.magnitude), error: argument.error) }
            return real < 0 ? MathValue(-1) * argument : argument
        case "floor", "ceil": return rounded(argument, up: name == "ceil")
        case "Re": return MathValue(ComplexValue(z.real), error: argument.error)
        case "Im": return MathValue(ComplexValue(z.imaginary), error: argument.error)
        case "arg": result = ComplexValue(z.argument)
        case "exp": result = z.exponential
        case "sin": result = z.sine
        case "cos": result = z.cosine
        case "tan": result = z.sine / z.cosine
        case "cot": result = z.cosine / z.sine
        case "sec": result = one / z.cosine
        case "csc": result = one / z.sine
        case "arcsin": result = z.arcsine
        case "arccos": result = ComplexValue(.pi / 2) - z.arcsine
        case "arctan": result = z.arctangent
        case "arccot": result = (one / z).arctangent
        case "arcsec": result = ComplexValue(.pi / 2) - (one / z).arcsine
        case "arccsc": result = (one / z).arcsine
        case "sinh": result = z.hyperbolicSine
        case "cosh": result = z.hyperbolicCosine
        case "tanh": result = z.hyperbolicSine / z.hyperbolicCosine
        case "arsinh", "arcsinh": result = (z + (z * z + one).squareRoot).logarithm
        case "arcosh", "arccosh": result = (z + (z + one).squareRoot * (z - one).squareRoot).logarithm
        case "artanh", "arctanh": result = ((one + z) / (one - z)).logarithm / ComplexValue(2)
        default: return nil
        }
        // A pole that rounding has made a large number, such as tan(π/2), is none either.
        guard result.isFinite, result.magnitude < 1e15 else { return nil }
        let relative = z.magnitude > 0 ? argument.error / z.magnitude : 0
        return MathValue(
            result,
            error: result.magnitude * (4 * MathValue.epsilon + 4 * relative) + argument.error * max(1, result.magnitude)
                + MathValue.epsilon)
    }

    private static func rounded(_ argument: MathValue, up: Bool) -> MathValue? {
        guard let real = argument.real, abs(real) < 9e15 else { return nil }
        if let whole = argument.integer { return MathValue(whole) }
        // What rounding has moved off a whole number is that number.
        if abs(real - real.rounded()) <= 64 * argument.error { return MathValue(Int(real.rounded())) }
        return MathValue(Int(up ? real.rounded(.up) : real.rounded(.down)))
    }

    /// - Parameter base: nil for the natural logarithm.
    static func logarithm(of argument: MathValue, base: MathValue?) -> MathValue? {
        guard argument.complex.isFinite, argument.complex.magnitude > 0 else { return nil }
        let natural = argument.complex.logarithm
        let argumentError = argument.error / argument.complex.magnitude + MathValue.epsilon
        guard let base else { return MathValue(natural, error: argumentError + natural.magnitude * MathValue.epsilon) }
        guard base.complex.isFinite, base.complex.magnitude > 0 else { return nil }
        let denominator = base.complex.logarithm
        guard denominator.magnitude > 0 else { return nil }
        let result = natural / denominator
        return MathValue(
            result, residue: exactLogarithm(of: argument, base: base, near: result),
            error: (argumentError + result.magnitude * base.error / base.complex.magnitude) / denominator.magnitude
                + 4 * result.magnitude * MathValue.epsilon)
    }

    /// log_8 4 is 2/3 exactly.
    private static func exactLogarithm(of argument: MathValue, base: MathValue, near result: ComplexValue)
        -> ModularValue?
    {
        guard result.isReal, abs(result.real) < 4096, let argument = argument.residue, let base = base.residue else {
            return nil
        }
        for below in 1...12 {
            let above = Int((result.real * Double(below)).rounded())
            guard abs(result.real * Double(below) - Double(above)) < 1e-9 else { continue }
            if above == 0 ? argument == ModularValue(1) : base.power(above) == argument.power(below) {
                return ModularValue(above) / ModularValue(below)
            }
        }
        return nil
    }

    static func remainder(_ value: MathValue, _ modulus: MathValue) -> MathValue? {
        if let a = value.integer, let b = modulus.integer, b != 0 {
            let rest = a % b
            return MathValue(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest)
        }
        guard let a = value.real, let b = modulus.real, b != 0, abs(a / b) < 1e12 else { return nil }
        return MathValue(ComplexValue(a - b * (a / b).rounded(.down)), error: value.error + abs(a) * MathValue.epsilon)
    }

    static func commonDivisorOrMultiple(_ values: [Int], multiple: Bool) -> Int? {
        var result = abs(values[0])
        for value in values.dropFirst() {
            var (first, second) = (result, abs(value))
            while second != 0 { (first, second) = (second, first % second) }
            guard multiple else {
                result = first
                continue
            }
            guard first > 0 else { return 0 }
            let (product, overflow) = (result / first).multipliedReportingOverflow(by: abs(value))
            guard !overflow else { return nil }
            result = product
        }
        return result
    }
}
