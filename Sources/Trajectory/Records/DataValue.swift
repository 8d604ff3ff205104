/// A JSON value of somebody else's data: objects keep the order of their keys, numbers their digits.
package enum DataValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// As it is written: `27.0` stays `27.0`.
    case number(String)
    case string(String)
    case array([DataValue])
    case object([Member])

    package struct Member: Sendable, Equatable {
        package let name: String
        package let value: DataValue

        package init(name: String, value: DataValue) {
            self.name = name
            self.value = value
        }
    }

    /// The value that a JSON text writes.
    ///
    /// - Throws: `TrajectoryError` without a place, saying what is wrong.
    package init(json: String) throws(TrajectoryError) {
        do throws(DataValueParser.Fault) { self = try DataValueParser.parse(json) } catch {
            throw TrajectoryError(message: error.message)
        }
    }

    /// The value of a key of an object, the last where it is there twice; nil where it is not there, or this is no object.
    package subscript(name: String) -> DataValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var array: [DataValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    package var isObject: Bool {
        if case .object = self { true } else { false }
    }

    package var isNull: Bool { self == .null }

    /// The text of a string, a number or a truth value; nil for all else.
    package var scalarText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    /// The keys of an object, in their order.
    package var names: [String] {
        if case .object(let members) = self { members.map(\.name) } else { [] }
    }

    /// What kind of value it is, for messages.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The value as JSON on one line, with a space after `:` and `,` as Python's `json.dumps` writes it, keys in their order.
    package var jsonText: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let text): text
        case .string(let text): JSONText.quoted(text)
        case .array(let values): "[" + values.map(\.jsonText).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { JSONText.quoted($0.name) + ": " + $0.value.jsonText }.joined(separator: ", ") + "}"
        }
    }
}

/// Writes JSON texts without Foundation, whose encoder takes most of the time of a preparation.
package enum JSONText {
    /// The text in quotes, with the escapes that JSON asks for and no others.
    package static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        append(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// An array of values that are JSON already.
    package static func array(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }

    /// An object of values that are JSON already, its keys sorted.
    package static func object(_ members: [String: String]) -> String {
        "{" + members.sorted { $0.key < $1.key }.map { quoted($0.key) + ":" + $0.value }.joined(separator: ",") + "}"
    }

    /// Appends the text in quotes.
    package static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        let utf8 = Array(text.utf8)
        // Most bytes stand as they are, and are copied in runs.
        var start = 0
        for index in utf8.indices {
            let byte = utf8[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes += utf8[start..<index]
            start = index + 1
            switch byte {
            case 0x0A: bytes += "\\n".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x20...:
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            default:
                let digits = Array("0123456789abcdef".utf8)
                bytes += "\\u00".utf8
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            }
        }
        bytes += utf8[start...]
        bytes.append(UInt8(ascii: "\""))
    }
}
