/// Hashes that are the same on every machine and in every run, as `Hasher`'s are not.
enum StableHash {
    private static let start: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01B3

    /// FNV-1a, 64 bits, of the UTF-8 bytes.
    static func of(_ text: String) -> UInt64 {
        text.utf8.reduce(start) { ($0 ^ UInt64($1)) &* prime }
    }

    /// Of several texts, told apart from their concatenation.
    static func of(_ texts: [String]) -> UInt64 {
        texts.reduce(start) { hash, text in
            (text.utf8.reduce(hash) { ($0 ^ UInt64($1)) &* prime } ^ 0xFF) &* prime
        }
    }

    /// Of a text whose runs of ASCII white space count as one space, and not at all at its ends: how a problem is known again that
    /// was wrapped or indented otherwise.
    static func ofWords(_ text: String) -> UInt64 {
        var hash = start
        var isFirst = true
        var isAfterSpace = false
        for byte in text.utf8 {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                isAfterSpace = true
                continue
            }
            if isAfterSpace, !isFirst { hash = (hash ^ 0x20) &* prime }
            isAfterSpace = false
            isFirst = false
            hash = (hash ^ UInt64(byte)) &* prime
        }
        return hash
    }

    /// The finaliser of splitmix64: FNV alone leaves the high bits of similar ids similar.
    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Sixteen hexadecimal digits.
    static func digits(_ hash: UInt64) -> String { String(hash, radix: 16).padded(left: 16, with: "0") }
}
