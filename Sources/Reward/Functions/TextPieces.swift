/// A text cut into the elements that are compared and what lies between them; joined, the pieces are the text.
struct TextPieces {
    struct Piece {
        var bytes: [UInt8]
        /// What the element is compared by; nil for what is not compared.
        var key: [UInt8]?
    }

    private(set) var pieces: [Piece] = []

    /// The elements alone.
    var keys: [[UInt8]] { pieces.compactMap(\.key) }

    static func scalars(of text: String) -> TextPieces {
        TextPieces(pieces: text.unicodeScalars.map { Piece(element: Array($0.utf8)) })
    }

    /// As `TextElements.words(of:)`, with the white space.
    static func words(of text: String) -> TextPieces {
        var result = TextPieces()
        var rest = text.unicodeScalars[...]
        while let first = rest.first {
            let isSpace = TextElements.isSpace(first)
            let end = rest.firstIndex { TextElements.isSpace($0) != isSpace } ?? rest.endIndex
            let bytes = Array(String(rest[..<end]).utf8)
            result.pieces.append(Piece(bytes: bytes, key: isSpace ? nil : bytes))
            rest = rest[end...]
        }
        return result
    }

    /// As `TextElements.lines(of:)`, with the line breaks.
    static func lines(of text: String) -> TextPieces {
        var result = TextPieces()
        var rest = Array(text.utf8)[...]
        for line in TextElements.lines(of: text) {
            let bytes = Array(line.utf8)
            result.pieces.append(Piece(element: bytes))
            rest = rest.dropFirst(bytes.count)
            let lineBreak = Self.lineBreak(startsWith: rest)
            if lineBreak > 0 { result.pieces.append(Piece(bytes: Array(rest.prefix(lineBreak)), key: nil)) }
            rest = rest.dropFirst(lineBreak)
        }
        return result
    }

    /// The text as its tokens spell it.
    static func tokens(of text: String, _ tokenizer: NamedTokenizer) -> TextPieces {
        TextPieces(
            pieces: tokenizer.encode(text).map { token in
                Piece(
                    bytes: tokenizer.bytes(token), key: (0..<4).map { UInt8(truncatingIfNeeded: token >> (8 * $0)) })
            })
    }

    /// The bytes of the one line break that stands here, where a line has ended; 0 at the end of the text.
    private static func lineBreak(startsWith bytes: ArraySlice<UInt8>) -> Int {
        guard let first = bytes.first else { return 0 }
        if bytes.starts(with: [0x0D, 0x0A]) { return 2 }
        // U+0085 has two bytes of UTF-8, U+2028 and U+2029 have three, the others one.
        return first < 0x80 ? 1 : first < 0xE0 ? 2 : 3
    }
}

extension TextPieces.Piece {
    /// An element that is compared as it is.
    init(element: [UInt8]) { self.init(bytes: element, key: element) }
}
