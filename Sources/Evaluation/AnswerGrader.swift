/// Decides whether an answer equals the reference. Named and versioned, because two graders give two accuracies for the same outputs, and a
/// report must say which one judged.
package struct AnswerGrader: Sendable {
    package static let name = "exact-number"
    package static let version = 1
    /// As reports name it: `exact-number/1`.
    package static let identifier = "\(name)/\(version)"

    package init() {}

    /// Equal as numbers where both are numbers (27.0 = 27, 025 = 25, 1,000 = 1000, 1/2 = 0.5, 50% is 50%); else equal as text without
    /// surrounding space, case, currency signs and a final period.
    package func accepts(_ answer: String, reference: String) -> Bool {
        let given = Self.normalised(answer)
        let expected = Self.normalised(reference)
        if let left = Rational(given), let right = Rational(expected) { return left == right }
        return given == expected && !given.isEmpty
    }

    static func normalised(_ text: String) -> String {
        var characters = text.lowercased().filter { !$0.isWhitespace && $0 != "$" && $0 != "€" && $0 != "£" }
        while characters.last == "." { characters.removeLast() }
        return characters
    }
}

/// A number as people write answers, compared exactly: no tolerance, so 0.33 is not 1/3.
private struct Rational: Equatable {
    let numerator: Int
    let denominator: Int

    /// Decimals, thousands separators, a sign, and one `a/b`; nil for anything else or anything that does not fit 64 bits.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let top = Self.decimal(parts[0]) else { return nil }
        var (above, below) = (top.digits, top.scale)
        if parts.count == 2 {
            guard let bottom = Self.decimal(parts[1]), bottom.digits != 0 else { return nil }
            let (first, overflow) = above.multipliedReportingOverflow(by: bottom.scale)
            let (second, alsoOverflow) = below.multipliedReportingOverflow(by: bottom.digits)
            guard !overflow, !alsoOverflow else { return nil }
            (above, below) = (first, second)
        }
        if below < 0 { (above, below) = (0 - above, 0 - below) }
        let divisor = Self.greatestCommonDivisor(above.magnitude, below.magnitude)
        numerator = above / Int(divisor)
        denominator = below / Int(divisor)
    }

    /// `-1,234.50` as digits -123450 over scale 100.
    private static func decimal(_ text: Substring) -> (digits: Int, scale: Int)? {
        var rest = text
        let negative = rest.first == "-"
        if negative || rest.first == "+" { rest.removeFirst() }
        let pieces = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard pieces.count <= 2, let whole = withoutSeparators(pieces[0]) else { return nil }
        let fraction = pieces.count == 2 ? pieces[1] : ""
        guard fraction.allSatisfy(\.isDecimalDigit), !(whole.isEmpty && fraction.isEmpty) else { return nil }
        guard let digits = Int(whole + fraction), fraction.count <= 15 else { return nil }
        var scale = 1
        for _ in fraction { scale *= 10 }
        return (negative ? -digits : digits, scale)
    }

    /// `1,234,567` without its commas; nil where the groups are not of three.
    private static func withoutSeparators(_ text: Substring) -> String? {
        let groups = text.split(separator: ",", omittingEmptySubsequences: false)
        guard groups.allSatisfy({ $0.allSatisfy(\.isDecimalDigit) }) else { return nil }
        guard groups.count > 1 else { return String(text) }
        guard (1...3).contains(groups[0].count), groups.dropFirst().allSatisfy({ $0.count == 3 }) else { return nil }
        return groups.joined()
    }

    private static func greatestCommonDivisor(_ first: UInt, _ second: UInt) -> UInt {
        second == 0 ? max(first, 1) : greatestCommonDivisor(second, first % second)
    }
}

extension Character {
    fileprivate var isDecimalDigit: Bool { ("0"..."9").contains(self) }
}
