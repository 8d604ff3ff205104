/// A token that is matched in a text as it is written, before pre-tokenizer and merges.
public struct AddedToken: Sendable, Hashable {
    public var id: TokenID
    public var text: String
    /// Whether Hugging Face's `decode(skip_special_tokens=True)` leaves it out.
    public var isSpecial: Bool
    /// Matched only where no word character stands before or after it.
    public var isSingleWord: Bool
    /// Takes the white space before it along.
    public var stripsLeft: Bool
    /// Takes the white space after it along.
    public var stripsRight: Bool
    /// Matched in the normalised text, in its own normal form, instead of the text as given.
    public var isNormalized: Bool

    public init(
        id: TokenID, text: String, isSpecial: Bool, isSingleWord: Bool = false, stripsLeft: Bool = false,
        stripsRight: Bool = false, isNormalized: Bool = false
    ) {
        self.id = id
        self.text = text
        self.isSpecial = isSpecial
        self.isSingleWord = isSingleWord
        self.stripsLeft = stripsLeft
        self.stripsRight = stripsRight
        self.isNormalized = isNormalized
    }
}

/// Finds added tokens in a text: at the leftmost place the longest, as Hugging Face's Aho-Corasick does.
struct AddedTokenMatcher: Sendable {
    private struct Node: Sendable {
        var children: [UInt8: Int32] = [:]
        /// Index into `tokens` of the one that ends here.
        var token: Int?
    }

    private let tokens: [AddedToken]
    private var nodes = [Node()]
    private var startsToken = [Bool](repeating: false, count: 256)

    init(_ tokens: [AddedToken], spelling: (AddedToken) -> [UInt8]) {
        self.tokens = tokens
        for (index, token) in tokens.enumerated() {
            var node = 0
            let bytes = spelling(token)
            guard let first = bytes.first else { continue }
            startsToken[Int(first)] = true
            for byte in bytes {
                if let child = nodes[node].children[byte] {
                    node = Int(child)
                } else {
                    nodes.append(Node())
                    nodes[node].children[byte] = Int32(nodes.count - 1)
                    node = nodes.count - 1
                }
            }
            if nodes[node].token == nil { nodes[node].token = index }
        }
    }

    var isEmpty: Bool { tokens.isEmpty }

    /// Calls `plain` with what stands between added tokens, never empty, and `added` with their ids, in order.
    func split(
        _ text: UnsafeBufferPointer<UInt8>, plain: (UnsafeBufferPointer<UInt8>) -> Void, added: (TokenID) -> Void
    ) {
        /// Up to where the text has been handed on.
        var done = 0
        var index = 0
        while index < text.count {
            guard startsToken[Int(text[index])], let match = longestMatch(text, index) else {
                index += 1
                continue
            }
            let token = tokens[match.token]
            let start = index
            index = match.end
            if token.isSingleWord, touchesWord(text, start, match.end) { continue }
            var first = start
            if token.stripsLeft {
                while first > done, let before = lastScalar(text, before: first), isSpace(before) {
                    first -= before.length
                }
            }
            if first > done { plain(UnsafeBufferPointer(rebasing: text[done..<first])) }
            done = match.end
            if token.stripsRight {
                while done < text.count, isSpace(DecodedScalar(text, done)) { done += DecodedScalar(text, done).length }
            }
            added(token.id)
            index = max(index, done)
        }
        if done < text.count { plain(UnsafeBufferPointer(rebasing: text[done...])) }
    }

    private func longestMatch(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> (token: Int, end: Int)? {
        var node = 0
        var index = start
        var best: (token: Int, end: Int)?
        while index < text.count, let child = nodes[node].children[text[index]] {
            node = Int(child)
            index += 1
            if let token = nodes[node].token { best = (token, index) }
        }
        return best
    }

    private func touchesWord(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        if let before = lastScalar(text, before: start), has(before, .word) { return true }
        return end < text.count && has(DecodedScalar(text, end), .word)
    }

    private func isSpace(_ scalar: DecodedScalar) -> Bool { has(scalar, .space) }

    private func has(_ scalar: DecodedScalar, _ flag: CharacterClass) -> Bool {
        CharacterClasses.shared[scalar.value].contains(flag)
    }

    private func lastScalar(_ text: UnsafeBufferPointer<UInt8>, before end: Int) -> DecodedScalar? {
        guard end > 0 else { return nil }
        var start = end - 1
        while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
        return DecodedScalar(text, start)
    }
}
