import Foundation

/// Python's `json.dumps(.., ensure_ascii=False)`.
struct TemplateJSON {
    /// Why a value is not written.
    enum Fault: Error {
        /// It, or something in it, has no JSON.
        case noJSON
        /// An indent or a separator can make a text far larger than the value.
        case tooLong
    }

    var indent: Int?
    var itemSeparator: String
    var keySeparator = ": "
    var sortsKeys = false

    init(indent: Int? = nil) {
        self.indent = indent
        itemSeparator = indent == nil ? ", " : ","
    }

    /// - Parameter limit: of the text, in bytes.
    func text(of value: TemplateValue, limit: Int) throws(Fault) -> String {
        var output = Output(limit: limit)
        try write(value, level: 0, &output)
        return output.text
    }

    private struct Output {
        let limit: Int
        private(set) var text = ""

        init(limit: Int) { self.limit = limit }

        mutating func write(_ part: String) throws(Fault) {
            guard text.utf8.count + part.utf8.count <= limit else { throw .tooLong }
            text += part
        }
    }

    private func write(_ value: TemplateValue, level: Int, _ output: inout Output) throws(Fault) {
        switch value {
        case .none: try output.write("null")
        case .bool(let flag): try output.write(flag ? "true" : "false")
        case .integer(let number): try output.write(String(number))
        case .number(let number): try output.write(Self.text(of: number, infinity: "Infinity", notANumber: "NaN"))
        case .string(let string): try output.write(Self.quoted(string))
        case .list(let list):
            try write(list.items, "[", "]", level, &output) { item, output throws(Fault) in
                try write(item, level: level + 1, &output)
            }
        case .object(let object):
            let entries =
                sortsKeys
                ? object.entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } : object.entries
            try write(entries, "{", "}", level, &output) { entry, output throws(Fault) in
                try output.write(Self.quoted(entry.key))
                try output.write(keySeparator)
                try write(entry.value, level: level + 1, &output)
            }
        case .undefined, .namespace, .function: throw .noJSON
        }
    }

    private func write<Item>(
        _ items: [Item], _ open: String, _ close: String, _ level: Int, _ output: inout Output,
        _ item: (Item, inout Output) throws(Fault) -> Void
    ) throws(Fault) {
        try output.write(open)
        for (index, element) in items.enumerated() {
            if index > 0 { try output.write(itemSeparator) }
            try newLine(level + 1, &output)
            try item(element, &output)
        }
        if !items.isEmpty { try newLine(level, &output) }
        try output.write(close)
    }

    private func newLine(_ level: Int, _ output: inout Output) throws(Fault) {
        guard let indent else { return }
        try output.write("\n" + String(repeating: " ", count: indent * level))
    }

    private static func quoted(_ string: String) -> String {
        var text = "\""
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
        return text + "\""
    }

    /// Python's `repr` of a float: the shortest that reads as the same number.
    static func text(of number: Double, infinity: String, notANumber: String) -> String {
        if number.isNaN { return notANumber }
        if number.isInfinite { return (number < 0 ? "-" : "") + infinity }
        return number.description
    }
}
