/// Names and values as Prometheus' text format 0.0.4 wants them.
enum MetricName {
    /// `rewards.scored items` -> `rewards_scored_items`: [a-zA-Z_:][a-zA-Z0-9_:]*.
    static func metric(_ label: String) -> String { sanitized(label, allowColon: true) }

    /// [a-zA-Z_][a-zA-Z0-9_]*.
    static func label(_ name: String) -> String { sanitized(name, allowColon: false) }

    private static func sanitized(_ text: String, allowColon: Bool) -> String {
        // Nearly every name is one already, and every request passes here.
        if isPlain(text.utf8) { return text }
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(character)
            case "0"..."9":
                if result.isEmpty { result = "_" }
                result.unicodeScalars.append(character)
            case ":" where allowColon: result += ":"
            default: result += "_"
            }
        }
        return result.isEmpty ? "_" : result
    }

    /// Letters and underscores only, and digits after the first of them.
    private static func isPlain(_ text: String.UTF8View) -> Bool {
        var isFirst = true
        for byte in text {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): break
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !isFirst: break
            default: return false
            }
            isFirst = false
        }
        return !isFirst
    }

    static func withSuffix(_ suffix: String, _ name: String) -> String { name.hasSuffix(suffix) ? name : name + suffix }

    /// A label value between its quotes.
    static func escaped(_ value: String) -> String {
        // Most need nothing, and every request passes here.
        let special = [UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "\n")]
        guard value.utf8.contains(where: special.contains) else { return value }
        return value.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            // One character to Swift, a carriage return and a line feed on the wire.
            case "\r\n": result += "\r\\n"
            default: result.append(character)
            }
        }
    }

    /// A help text: as a label value, but quotes stand as they are.
    static func escapedHelp(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
        return value.description
    }
}

/// The labels of one series, sorted, so that the order in which they were given makes no difference.
struct LabelSet: Hashable, Comparable {
    private let text: String

    init(_ dimensions: [(String, String)]) {
        text = dimensions.map { (MetricName.label($0.0), $0.1) }.sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\(MetricName.escaped($0.1))\"" }.joined(separator: ",")
    }

    /// `{method="GET",le="0.5"}`, or nothing.
    func rendered(and extra: String? = nil) -> String {
        let parts = [text, extra ?? ""].filter { !$0.isEmpty }
        return parts.isEmpty ? "" : "{" + parts.joined(separator: ",") + "}"
    }

    static func < (left: LabelSet, right: LabelSet) -> Bool { left.text < right.text }
}
