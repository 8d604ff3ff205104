/// Decodes a text token by token. A character whose bytes are spread over several tokens is held back until it is
/// complete, so that what ``append(_:)`` returns can be shown at once and never has to be taken back.
public struct StreamingDecoder: Sendable {
    private let tokenizer: any Tokenizer
    private var pending: [UInt8] = []

    public init(tokenizer: any Tokenizer) {
        self.tokenizer = tokenizer
    }

    /// Takes one more token and returns the text that is complete now; malformed bytes become U+FFFD.
    public mutating func append(_ token: TokenID) -> String {
        pending += tokenizer.bytes(of: token)
        let complete = pending.count - Self.incompleteSuffixLength(of: pending)
        let text = String(decoding: pending[..<complete], as: UTF8.self)
        pending.removeFirst(complete)
        return text
    }

    /// Ends the text: returns U+FFFD for a character that was never completed.
    public mutating func finish() -> String {
        defer { pending = [] }
        return String(decoding: pending, as: UTF8.self)
    }

    /// How many bytes at the end begin a UTF-8 sequence that may still become a character (0 to 3).
    static func incompleteSuffixLength(of bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let byte = bytes[bytes.count - length]
            guard byte & 0xC0 != 0x80 else { continue }  // a continuation byte: its lead is further left
            let needed =
                switch byte {
                case 0xC2...0xDF: 2
                case 0xE0...0xEF: 3
                case 0xF0...0xF4: 4
                default: 1
                }
            return needed > length ? length : 0
        }
        return 0
    }
}
