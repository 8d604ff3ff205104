/// GPT-2's way to write any byte as a printable character, which byte-level tokenizer.json files use for their
/// vocabulary: printable Latin-1 stands for itself, the other bytes, in order, for U+0100, U+0101 and so on.
enum ByteUnicodeTable {
    /// The character of each byte, 256 of them.
    static let characters: [String] = {
        var table: [String] = []
        var next: UInt32 = 0x100
        for byte in UInt32(0)...255 {
            let isPrintable =
                (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte)
            let scalar = isPrintable ? byte : next
            if !isPrintable { next += 1 }
            table.append(Unicode.Scalar(scalar).map(String.init) ?? "")
        }
        return table
    }()
}
