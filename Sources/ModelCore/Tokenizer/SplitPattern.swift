/// The pre-tokenizer regular expressions that byte-level models use, as scanners. A text is never run through a general
/// regular expression engine: these take one pass, whatever the text.
enum SplitPattern: CaseIterable, Sendable {
    /// GPT-2's, which Hugging Face's `ByteLevel` has built in; SmolLM2 uses it after `Digits`.
    case gpt2
    /// Llama 3's, with numbers of up to three digits.
    case llama3
    /// That of Qwen2, Qwen2.5 and Qwen3, with single digits.
    case qwen2

    /// As it stands in tokenizer.json.
    var regularExpression: String {
        switch self {
        case .gpt2: #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
        case .llama3: Self.later(numbers: #"\p{N}{1,3}"#)
        case .qwen2: Self.later(numbers: #"\p{N}"#)
        }
    }

    private static func later(numbers: String) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + numbers
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    /// The pattern with this text; nil where it is none of those known.
    init?(regularExpression: String) {
        guard let known = Self.allCases.first(where: { $0.regularExpression == regularExpression }) else { return nil }
        self = known
    }
}

/// Finds the pieces of a text. The text is well-formed UTF-8 and outlives the scanner.
struct PieceScanner {
    private let text: UnsafeBufferPointer<UInt8>
    /// Nothing from here on is looked at: where the text of one piece of an earlier split ends.
    var end: Int
    private let classes = CharacterClasses.shared

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
        end = text.count
    }

    /// Where the piece that begins at `start`, a character's beginning below `end`, ends.
    @inline(__always)
    func pieceEnd(_ pattern: SplitPattern, from start: Int) -> Int {
        switch pattern {
        case .gpt2: gpt2(start)
        case .llama3: later(start, numbers: 3)
        case .qwen2: later(start, numbers: 1)
        }
    }

    /// The end of the longest run of digits, or of what are none, from `start` on; of one digit if they are single.
    func digitsEnd(from start: Int, single: Bool) -> Int {
        let (flags, length) = character(start)
        let isDigit = flags.contains(.digit)
        return isDigit && single ? start + length : run(start + length) { $0.contains(.digit) == isDigit }
    }

    private enum Byte {
        static let lineFeed = UInt8(ascii: "\n")
        static let carriageReturn = UInt8(ascii: "\r")
        static let space = UInt8(ascii: " ")
        static let apostrophe = UInt8(ascii: "'")
    }

    @inline(__always)
    private func character(_ index: Int) -> (class: CharacterClass, length: Int) {
        let scalar = DecodedScalar(text, index)
        return (classes[scalar.value], scalar.length)
    }

    /// The end of the longest run, from `index` on, of characters for which `holds`.
    @inline(__always)
    private func run(_ index: Int, _ holds: (CharacterClass) -> Bool) -> Int {
        var index = index
        while index < end {
            let (flags, length) = character(index)
            guard holds(flags) else { break }
            index += length
        }
        return index
    }

    @inline(__always)
    private func isNewline(_ byte: UInt8) -> Bool { byte == Byte.lineFeed || byte == Byte.carriageReturn }

    private func gpt2(_ start: Int) -> Int {
        if text[start] == Byte.apostrophe, let end = contraction(start + 1, ignoringCase: false) { return end }
        let first = text[start] == Byte.space && start + 1 < end ? start + 1 : start
        let (flags, length) = character(first)
        if flags.contains(.letter) { return run(first + length) { $0.contains(.letter) } }
        if flags.contains(.number) { return run(first + length) { $0.contains(.number) } }
        if flags.isDisjoint(with: .letterNumberOrSpace) {
            return run(first + length) { $0.isDisjoint(with: .letterNumberOrSpace) }
        }
        return spaces(start, endingAtNewline: false)
    }

    /// The pattern of Llama 3 and Qwen2.
    private func later(_ start: Int, numbers: Int) -> Int {
        let byte = text[start]
        if byte == Byte.apostrophe, let end = contraction(start + 1, ignoringCase: true) { return end }
        let (flags, length) = character(start)
        if flags.contains(.letter) { return run(start + length) { $0.contains(.letter) } }
        if flags.contains(.number) {
            var index = start + length
            for _ in 1..<max(numbers, 1) where index < end {
                let (next, length) = character(index)
                guard next.contains(.number) else { break }
                index += length
            }
            return index
        }
        var first = start
        if !isNewline(byte), start + length < end {
            let (next, nextLength) = character(start + length)
            if next.contains(.letter) { return run(start + length + nextLength) { $0.contains(.letter) } }
            if byte == Byte.space, next.isDisjoint(with: .letterNumberOrSpace) { first = start + length }
        }
        if first > start || flags.isDisjoint(with: .letterNumberOrSpace) {
            var index = run(first) { $0.isDisjoint(with: .letterNumberOrSpace) }
            while index < end, isNewline(text[index]) { index += 1 }
            return index
        }
        return spaces(start, endingAtNewline: true)
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`, the first part only with `endingAtNewline`; a space stands at `start`.
    private func spaces(_ start: Int, endingAtNewline: Bool) -> Int {
        var index = start
        var last = start
        var newlineEnd = start
        while index < end {
            let (flags, length) = character(index)
            guard flags.contains(.space) else { break }
            last = index
            index += length
            if isNewline(text[last]) { newlineEnd = index }
        }
        if endingAtNewline, newlineEnd > start { return newlineEnd }
        // A run before something else leaves its last character to that, unless it is the only one.
        return index == end || last == start ? index : last
    }

    /// The end of `s|t|re|ve|m|ll|d` at `index`.
    private func contraction(_ index: Int, ignoringCase: Bool) -> Int? {
        guard index < end else { return nil }
        let mask: UInt8 = ignoringCase ? 0x20 : 0
        let second = index + 1 < end ? text[index + 1] | mask : 0
        switch text[index] | mask {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return index + 1
        case UInt8(ascii: "r") where second == UInt8(ascii: "e"): return index + 2
        case UInt8(ascii: "v") where second == UInt8(ascii: "e"): return index + 2
        case UInt8(ascii: "l") where second == UInt8(ascii: "l"): return index + 2
        // U+017F, the long s, is another case of s.
        case 0xC5 | mask where ignoringCase && text[index] == 0xC5 && index + 1 < end && text[index + 1] == 0xBF:
            return index + 2
        default: return nil
        }
    }
}
