/// Markup. Text gets into it by interpolation, where it is escaped, or not at all: literals are written by us, so nothing that a file of a run holds
/// can become markup.
///
/// ```swift
/// let cell: HTML = "<td>\(name)</td>"
/// ```
package struct HTML: Sendable, ExpressibleByStringInterpolation {
    package private(set) var text: String

    /// For literals only; whatever else there is, goes through an interpolation.
    package init(stringLiteral value: String) { text = value }

    package init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    private init(unchecked text: String) { self.text = text }

    package static let empty: HTML = ""

    package static func + (one: HTML, other: HTML) -> HTML { HTML(unchecked: one.text + other.text) }
    package static func += (one: inout HTML, other: HTML) { one.text += other.text }

    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity * 2) }

        package mutating func appendLiteral(_ literal: String) { text += literal }
        package mutating func appendInterpolation(_ value: some StringProtocol) { text += HTML.escaped(value) }
        package mutating func appendInterpolation(_ value: Int) { text += String(value) }
        package mutating func appendInterpolation(_ value: HTML) { text += value.text }
        package mutating func appendInterpolation(_ values: [HTML]) { for value in values { text += value.text } }
    }

    /// Safe as an element's content and in a quoted attribute. Controls that HTML does not know become U+FFFD.
    package static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Sequence<HTML> {
    package func joined() -> HTML { reduce(into: HTML.empty) { $0 += $1 } }
}
