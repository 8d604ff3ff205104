import Foundation

/// Numbers as people read them.
package enum NumberText {
    /// A measured value, with three significant digits: 0.962, 12.3, 1,640, 68.6k, 1.2e-5.
    package static func value(_ number: Double) -> String {
        guard number.isFinite else { return "–" }
        let size = number.magnitude
        switch size {
        case 0: return "0"
        case ..<0.000_95: return trimmedExponent(String(format: "%.2g", number))
        case ..<0.0995: return fixed(number, digits: 4)
        case ..<9.995: return fixed(number, digits: 3)
        case ..<99.95: return fixed(number, digits: 1)
        case ..<10_000: return grouped(number.rounded())
        default: return scaled(number)
        }
    }

    /// A tick of an axis whose ticks are `step` apart.
    package static func tick(_ number: Double, step: Double) -> String {
        let size = number.magnitude
        if size < step * 1e-6 { return "0" }
        if step >= 1000 || size >= 100_000 { return scaled(number) }
        if step < 0.000_1 { return trimmedExponent(String(format: "%.3g", number)) }
        let digits = max(0, Int((-log10(step) - 1e-9).rounded(.up)))
        return digits == 0 ? grouped(number) : fixed(number, digits: digits)
    }

    /// A tick of a logarithmic axis.
    package static func power(_ number: Double) -> String { trimmedExponent(String(format: "%g", number)) }

    package static func count(_ number: Int) -> String { grouped(Double(number)) }

    package static func percent(_ share: Double) -> String {
        let percent = 100 * share
        return fixed(percent, digits: percent != 0 && percent.magnitude < 9.95 ? 1 : 0) + "%"
    }

    /// `48 s`, `12 min`, `3 h 20 min`, `2 d 4 h`.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
        let whole = Int(seconds.rounded())
        switch whole {
        case ..<10: return fixed(seconds, digits: 1) + " s"
        case ..<120: return "\(whole) s"
        case ..<7200: return "\(whole / 60) min \(whole % 60) s"
        case ..<172_800: return "\(whole / 3600) h \(whole / 60 % 60) min"
        default: return "\(whole / 86_400) d \(whole / 3600 % 24) h"
        }
    }

    private static func scaled(_ number: Double) -> String {
        for (unit, size) in [("G", 1e9), ("M", 1e6), ("k", 1e3)] where number.magnitude >= size {
            let part = number / size
            return fixed(part, digits: part.magnitude < 9.95 ? 2 : part.magnitude < 99.95 ? 1 : 0, trimmed: true) + unit
        }
        return fixed(number, digits: 0)
    }

    private static func fixed(_ number: Double, digits: Int, trimmed: Bool = false) -> String {
        var text = String(format: "%.*f", digits, number)
        if trimmed, text.contains(".") {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        // The sign that typography has for it; a hyphen is short beside digits.
        return (text.hasPrefix("-") ? "−" + text.dropFirst() : text)
    }

    private static func grouped(_ number: Double) -> String {
        let digits = String(format: "%.0f", number.magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { result.append(",") }
            result.append(digit)
        }
        return number < 0 && digits != "0" ? "−" + result : result
    }

    /// `1.2e-05` as `1.2e−5`.
    private static func trimmedExponent(_ text: String) -> String {
        let parts = text.split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return text.replacing("-", with: "−") }
        return "\(parts[0])e\(exponent)".replacing("-", with: "−")
    }
}
