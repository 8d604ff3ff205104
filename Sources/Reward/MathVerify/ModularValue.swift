/// A rational number modulo two primes near 2^61: tells exactly computed values apart that are too large or too close for a Double.
///
/// Sums, products, quotients and whole powers are exact here whatever their size, so two rational values are equal when their residues are,
/// but for one chance in 2^120 (Schwartz and Zippel's test, with variables at seeded points).
struct ModularValue: Hashable, Sendable {
    private static let primes: (UInt64, UInt64) = ((1 << 61) - 1, (1 << 61) - 31)

    private let first: UInt64
    private let second: UInt64

    private init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second
    }

    init(_ value: Int) {
        func residue(_ prime: UInt64) -> UInt64 {
            let size = UInt64(value.magnitude) % prime
            return value < 0 && size > 0 ? prime - size : size
        }
        self.init(first: residue(Self.primes.0), second: residue(Self.primes.1))
    }

    /// A variable's value at a seeded point.
    init(seed: UInt64) {
        self.init(
            first: Self.mixed(seed) % Self.primes.0, second: Self.mixed(seed ^ 0x5DEE_CE66_D015_4A57) % Self.primes.1)
    }

    /// A literal: digits with at most one point. nil for anything else.
    init?(digits: String) {
        var value = (UInt64(0), UInt64(0))
        var scale = (UInt64(1), UInt64(1))
        var afterPoint = false
        for byte in digits.utf8 {
            if byte == UInt8(ascii: ".") {
                afterPoint = true
                continue
            }
            guard (48...57).contains(byte) else { return nil }
            let digit = UInt64(byte - 48)
            value.0 = (Self.product(value.0, 10, Self.primes.0) + digit) % Self.primes.0
            value.1 = (Self.product(value.1, 10, Self.primes.1) + digit) % Self.primes.1
            if afterPoint {
                scale.0 = Self.product(scale.0, 10, Self.primes.0)
                scale.1 = Self.product(scale.1, 10, Self.primes.1)
            }
        }
        let whole = Self(first: value.0, second: value.1)
        guard let result = whole / Self(first: scale.0, second: scale.1) else { return nil }
        self = result
    }

    static func + (left: Self, right: Self) -> Self {
        Self(first: (left.first + right.first) % primes.0, second: (left.second + right.second) % primes.1)
    }

    static func * (left: Self, right: Self) -> Self {
        Self(
            first: product(left.first, right.first, primes.0), second: product(left.second, right.second, primes.1))
    }

    /// nil for a division by zero.
    static func / (left: Self, right: Self) -> Self? {
        guard right.first != 0, right.second != 0 else { return nil }
        return left
            * Self(
                first: power(right.first, primes.0 - 2, primes.0), second: power(right.second, primes.1 - 2, primes.1))
    }

    /// nil for 0 to a power that is not positive.
    func power(_ exponent: Int) -> Self? {
        let size = UInt64(exponent.magnitude)
        let result = Self(
            first: Self.power(first, size, Self.primes.0), second: Self.power(second, size, Self.primes.1))
        if exponent > 0 { return result }
        return self == Self(0) ? nil : Self(1) / result
    }

    private static func product(_ left: UInt64, _ right: UInt64, _ prime: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return prime.dividingFullWidth((high, low)).remainder
    }

    private static func power(_ base: UInt64, _ exponent: UInt64, _ prime: UInt64) -> UInt64 {
        var (result, square, rest) = (UInt64(1), base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result = product(result, square, prime) }
            square = product(square, square, prime)
            rest >>= 1
        }
        return result
    }

    /// SplitMix64's output function.
    static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
