/// What the patterns of pre-tokenizers ask of a character.
///
/// The tables are those of Hugging Face `tokenizers`, not the standard library's: the two are of different Unicode
/// versions, and ids must not depend on a toolchain. ``CharacterClassTable`` says where they come from.
struct CharacterClass: OptionSet, Sendable {
    let rawValue: UInt8

    /// `\p{L}` of the pre-tokenizers' regular expressions.
    static let letter = CharacterClass(rawValue: 1)
    /// `\p{N}`.
    static let number = CharacterClass(rawValue: 2)
    /// `\s`.
    static let space = CharacterClass(rawValue: 4)
    /// What the pre-tokenizer `Digits` takes for a digit: Rust's `char::is_numeric`.
    static let digit = CharacterClass(rawValue: 8)
    /// `\w` around added tokens that are single words.
    static let word = CharacterClass(rawValue: 16)

    /// Not `[^\s\p{L}\p{N}]`.
    static let letterNumberOrSpace: CharacterClass = [.letter, .number, .space]
}

/// Classes of all code points as pages of 256, equal pages once.
struct CharacterClasses: Sendable {
    static let shared = CharacterClasses()

    private let pageOfBlock: [UInt16]
    private let pages: [CharacterClass]

    private init() {
        var all: [CharacterClass] = []
        all.reserveCapacity(0x110000)
        let numbers = CharacterClassTable.runs.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        for run in stride(from: 0, to: numbers.count - 1, by: 2) {
            let flags = CharacterClass(rawValue: UInt8(numbers[run + 1]))
            all.append(contentsOf: repeatElement(flags, count: numbers[run]))
        }
        precondition(all.count == 0x110000, "the class table covers every code point")
        var blocks: [UInt16] = []
        var pages: [CharacterClass] = []
        var known: [[UInt8]: UInt16] = [:]
        for start in stride(from: 0, to: all.count, by: 256) {
            let page = all[start..<start + 256]
            let key = page.map(\.rawValue)
            if let number = known[key] {
                blocks.append(number)
            } else {
                let number = UInt16(pages.count / 256)
                known[key] = number
                blocks.append(number)
                pages += page
            }
        }
        pageOfBlock = blocks
        self.pages = pages
    }

    subscript(scalar: UInt32) -> CharacterClass {
        pages[Int(pageOfBlock[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)]
    }
}

/// A scalar of well-formed UTF-8 and how many bytes it has.
struct DecodedScalar {
    let value: UInt32
    let length: Int

    /// Reads the scalar that begins at `index`; `text` is well-formed there.
    @inline(__always)
    init(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) {
        let lead = UInt32(text[index])
        switch lead {
        case ..<0x80: (value, length) = (lead, 1)
        case ..<0xE0: (value, length) = ((lead & 0x1F) << 6 | Self.bits(text, index + 1), 2)
        case ..<0xF0:
            value = (lead & 0x0F) << 12 | Self.bits(text, index + 1) << 6 | Self.bits(text, index + 2)
            length = 3
        default:
            let high = (lead & 0x07) << 18 | Self.bits(text, index + 1) << 12
            value = high | Self.bits(text, index + 2) << 6 | Self.bits(text, index + 3)
            length = 4
        }
    }

    @inline(__always)
    private static func bits(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> UInt32 {
        UInt32(text[index]) & 0x3F
    }
}
