/// GPT-2's way to write any byte as a printable character, which byte-level tokenizer.json files use for their
/// vocabulary: printable Latin-1 stands for itself, the other bytes, in order, for U+0100, U+0101 and so on.
enum ByteUnicodeTable {
    /// The character of each byte, 256 of them.
    static let characters: [String] = scalars.map(String.init)

    private static let scalars: [Unicode.Scalar] = {
        var table: [Unicode.Scalar] = []
        var next: UInt32 = 0x100
        for byte in UInt32(0)...255 {
            let isPrintable =
                (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte)
            table.append(Unicode.Scalar(isPrintable ? byte : next) ?? " ")
            if !isPrintable { next += 1 }
        }
        return table
    }()

    /// The byte of each scalar below U+0144, -1 where it stands for none.
    private static let bytes: [Int16] = {
        var table = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { table[Int(scalar.value)] = Int16(byte) }
        return table
    }()

    /// The bytes that a token's text stands for; nil if some character of it stands for none.
    static func bytes(of text: String) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            guard scalar.value < 0x144, bytes[Int(scalar.value)] >= 0 else { return nil }
            result.append(UInt8(bytes[Int(scalar.value)]))
        }
        return result
    }

    /// What Hugging Face's `ByteLevel` decoder makes of a token: the bytes of its text, or the text itself as UTF-8 if some
    /// character of it stands for no byte.
    static func decoded(_ text: String) -> [UInt8] {
        bytes(of: text) ?? Array(text.utf8)
    }

    /// The text that stands for bytes.
    static func text(of bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes { text.unicodeScalars.append(scalars[Int(byte)]) }
        return text
    }
}
