/// A message that hot paths write, byte for byte as Foundation's encoder with sorted keys does.
package protocol DirectlyWritable {
    func write(to writer: inout JSONWriter) throws(UnusualJSON)
}

extension DirectlyWritable {
    /// - Returns: nil for a message that is left to Foundation's encoder, or that it says what is wrong with.
    package func written() -> [UInt8]? {
        var writer = JSONWriter()
        do throws(UnusualJSON) {
            try write(to: &writer)
            return writer.bytes
        } catch {
            return nil
        }
    }
}

/// Writes JSON without white space. The caller writes keys in their order.
package struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    /// Text that is JSON already.
    mutating func verbatim(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func string(_ text: String) throws(UnusualJSON) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): verbatim(#"\""#)
            case UInt8(ascii: "\\"): verbatim(#"\\"#)
            case 0x0A: verbatim(#"\n"#)
            case 0x0D: verbatim(#"\r"#)
            case 0x09: verbatim(#"\t"#)
            case 0..<0x20: throw UnusualJSON()
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The shortest digits that give the same number again; whole numbers without a fraction.
    mutating func number(_ value: Double) throws(UnusualJSON) {
        guard value.isFinite else { throw UnusualJSON() }
        bytes.append(contentsOf: value.description.utf8)
        if bytes.suffix(2).elementsEqual(".0".utf8) { bytes.removeLast(2) }
    }

    mutating func array<Element>(
        _ elements: [Element], _ write: (Element, inout JSONWriter) throws(UnusualJSON) -> Void
    ) throws(UnusualJSON) {
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            try write(element, &self)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func object(_ members: [String: Double]) throws(UnusualJSON) {
        bytes.append(UInt8(ascii: "{"))
        // Foundation sorts in ways of its own; of small letters there is one order.
        let isPlain = members.count < 2 || members.keys.allSatisfy { $0.utf8.allSatisfy(Self.smallLetters.contains) }
        guard isPlain else { throw UnusualJSON() }
        var isFirst = true
        for (key, value) in members.count < 2 ? Array(members) : members.sorted(by: { $0.key < $1.key }) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            try string(key)
            bytes.append(UInt8(ascii: ":"))
            try number(value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static let smallLetters = UInt8(ascii: "a")...UInt8(ascii: "z")
}
