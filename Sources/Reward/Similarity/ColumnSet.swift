/// A set of columns as bits, of which only the words `low...high` can be other than zero.
struct ColumnSet: Sendable {
    /// Word w is at index w + 1: there is a zero word on each side, for shifts to take from.
    private var words: [UInt64] = []
    private var low = 0
    private var high = -1

    var isEmpty: Bool { low > high }

    /// The lowest column; the set is not empty.
    var lowest: Int { low * 64 + words[low + 1].trailingZeroBitCount }

    /// Makes room for sets of up to `wordCount` words.
    mutating func reserve(wordCount: Int) {
        if words.count < wordCount + 2 { words += repeatElement(0, count: wordCount + 2 - words.count) }
    }

    /// The columns of a table's row that lie within the bounds.
    mutating func assign(_ row: Int, of table: borrowing OccurrenceTable, within bounds: ColumnBounds) {
        clear()
        low = bounds.firstWord
        high = bounds.lastWord
        for word in low...high { words[word + 1] = table.words[row + word] }
        words[low + 1] &= bounds.firstMask
        words[high + 1] &= bounds.lastMask
        trim()
    }

    /// Moves every column down by one, and keeps those that the row holds within the bounds.
    mutating func moveDown(keeping row: Int, of table: borrowing OccurrenceTable, within bounds: ColumnBounds) {
        low = max(low - 1, bounds.firstWord)
        var current = words[low + 1]
        for word in low..<(high + 1) {
            let next = words[word + 2]
            words[word + 1] = (current >> 1 | next << 63) & table.words[row + word]
            current = next
        }
        if low == bounds.firstWord { words[low + 1] &= bounds.firstMask }
        trim()
    }

    /// Moves every column up by one, and keeps those that the row holds within the bounds. Returns whether any is left; if none is,
    /// the set is as it was before.
    mutating func moveUp(keeping row: Int, of table: borrowing OccurrenceTable, within bounds: ColumnBounds) -> Bool {
        let top = min(high + 1, bounds.lastWord)
        var any: UInt64 = 0
        for word in low..<(top + 1) {
            any |= (words[word + 1] << 1 | words[word] >> 63) & table.words[row + word] & bounds.mask(of: word)
        }
        if any == 0 { return false }
        var below: UInt64 = 0
        for word in low..<(top + 1) {
            let current = words[word + 1]
            words[word + 1] = (current << 1 | below >> 63) & table.words[row + word]
            below = current
        }
        if high > top { words[high + 1] = 0 }
        high = top
        if high == bounds.lastWord { words[high + 1] &= bounds.lastMask }
        trim()
        return true
    }

    /// Becomes `other` with every column moved up by `count`; none goes beyond the last word of `bounds`.
    mutating func assign(_ other: borrowing ColumnSet, movedUp count: Int, within bounds: ColumnBounds) {
        clear()
        let wholeWords = count / 64
        let bits = UInt64(count % 64)
        low = other.low + wholeWords
        high = min(other.high + wholeWords + 1, bounds.lastWord)
        if isEmpty { return }
        for word in low...high {
            let source = word - wholeWords
            words[word + 1] = other.words[source + 1] << bits | other.words[source] >> (64 - bits)
        }
        trim()
    }

    /// Becomes `other` with every column moved down by `count`, and those below `bounds` gone.
    mutating func assign(_ other: borrowing ColumnSet, movedDown count: Int, within bounds: ColumnBounds) {
        clear()
        let wholeWords = count / 64
        let bits = UInt64(count % 64)
        low = max(other.low - wholeWords - 1, bounds.firstWord)
        high = other.high - wholeWords
        if isEmpty {
            makeEmpty()
            return
        }
        for word in low...high {
            let source = word + wholeWords
            words[word + 1] = other.words[source + 1] >> bits | other.words[source + 2] << (64 - bits)
        }
        if low == bounds.firstWord { words[low + 1] &= bounds.firstMask }
        trim()
    }

    /// Keeps what `other` has too.
    mutating func formIntersection(_ other: borrowing ColumnSet) {
        if isEmpty { return }
        for word in low...high { words[word + 1] &= other.words[word + 1] }
        trim()
    }

    mutating func makeEmpty() {
        clear()
        low = 0
        high = -1
    }

    private mutating func clear() {
        if low <= high { for word in low...high { words[word + 1] = 0 } }
    }

    private mutating func trim() {
        while low <= high, words[low + 1] == 0 { low += 1 }
        while low <= high, words[high + 1] == 0 { high -= 1 }
    }
}

/// The columns of a region as words and masks.
struct ColumnBounds: Sendable {
    let firstWord: Int
    let lastWord: Int
    let firstMask: UInt64
    let lastMask: UInt64

    /// - Precondition: `columns` is not empty.
    init(_ columns: Range<Int>) {
        firstWord = columns.lowerBound >> 6
        lastWord = (columns.upperBound - 1) >> 6
        firstMask = ~0 << UInt64(columns.lowerBound & 63)
        lastMask = ~0 >> UInt64(63 - (columns.upperBound - 1) & 63)
    }

    func mask(of word: Int) -> UInt64 {
        (word == firstWord ? firstMask : ~0) & (word == lastWord ? lastMask : ~0)
    }
}
