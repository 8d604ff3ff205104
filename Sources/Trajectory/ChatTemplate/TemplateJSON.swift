import Foundation

/// Python's `json.dumps(.., ensure_ascii=False)`.
struct TemplateJSON {
    var indent: Int?
    var itemSeparator: String
    var keySeparator = ": "
    var sortsKeys = false

    init(indent: Int? = nil) {
        self.indent = indent
        itemSeparator = indent == nil ? ", " : ","
    }

    /// - Returns: nil if some value has no JSON.
    func text(of value: TemplateValue) -> String? {
        var text = ""
        return write(value, level: 0, &text) ? text : nil
    }

    private func write(_ value: TemplateValue, level: Int, _ text: inout String) -> Bool {
        switch value {
        case .none: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .integer(let number): text += String(number)
        case .number(let number): text += Self.text(of: number, infinity: "Infinity", notANumber: "NaN")
        case .string(let string): Self.write(string, &text)
        case .list(let list):
            return write(list.items, "[", "]", level, &text) { write($0, level: level + 1, &$1) }
        case .object(let object):
            let entries =
                sortsKeys
                ? object.entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } : object.entries
            return write(entries, "{", "}", level, &text) { entry, text in
                Self.write(entry.key, &text)
                text += keySeparator
                return write(entry.value, level: level + 1, &text)
            }
        case .undefined, .namespace, .function: return false
        }
        return true
    }

    private func write<Item>(
        _ items: [Item], _ open: String, _ close: String, _ level: Int, _ text: inout String,
        _ item: (Item, inout String) -> Bool
    ) -> Bool {
        text += open
        for (index, element) in items.enumerated() {
            if index > 0 { text += itemSeparator }
            newLine(level + 1, &text)
            guard item(element, &text) else { return false }
        }
        if !items.isEmpty { newLine(level, &text) }
        text += close
        return true
    }

    private func newLine(_ level: Int, _ text: inout String) {
        guard let indent else { return }
        text += "\n" + String(repeating: " ", count: indent * level)
    }

    private static func write(_ string: String, _ text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{08}": text += "\\b"
            case "\u{0C}": text += "\\f"
            case "\u{00}"..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    /// Python's `repr` of a float: the shortest that reads as the same number.
    static func text(of number: Double, infinity: String, notANumber: String) -> String {
        if number.isNaN { return notANumber }
        if number.isInfinite { return (number < 0 ? "-" : "") + infinity }
        return number.description
    }
}
