/// Where each symbol occurs in the expert sequence: as rows of bits for frequent symbols, as positions for rare ones.
///
/// This is what is prepared once for an expert step and then read for every action. Rare symbols have no row of their own, so
/// that an expert step of many different symbols does not take memory of the order of its length squared.
struct OccurrenceTable: Sendable {
    /// Symbols of the expert sequence, 1 and up.
    private(set) var symbols: [UInt32] = []
    /// 64-bit words of a row, without the zero word that ends it.
    private(set) var wordCount = 0
    /// Rows of `stride` words: the first is for the rare symbol in use, the others belong to one symbol each.
    private(set) var words: [UInt64] = []

    /// For each symbol: `empty`, `rare` or the offset of its row in `words`.
    private var rowOffset: [Int] = []
    /// Occurrences of symbol s are `positions[firstPosition[s]..<firstPosition[s + 1]]`, ascending.
    private var positions: [Int32] = []
    private var firstPosition: [Int] = []
    private var rareInUse: UInt32 = 0

    private static let empty = -1
    private static let rare = -2

    private var stride: Int { wordCount + 1 }

    /// Takes in a new expert sequence; memory is reused.
    ///
    /// - Parameters:
    ///   - expert: Symbols from 1 to `symbolCount`.
    ///   - autojunk: CPython's rule: in a sequence of 200 elements or more, an element that makes up more than 1 % of it (plus one) is
    ///     popular and starts no match. Such a symbol has no occurrences here.
    mutating func prepare(_ expert: [UInt32], symbolCount: Int, autojunk: Bool) {
        symbols = expert
        wordCount = (expert.count + 63) / 64
        rareInUse = 0
        countPositions(symbolCount: symbolCount)
        let popularLimit = autojunk && expert.count >= 200 ? expert.count / 100 + 1 : Int.max
        let rareLimit = wordCount / 16
        rowOffset.removeAll(keepingCapacity: true)
        rowOffset.append(Self.empty)
        var used = stride
        for symbol in 1..<(symbolCount + 1) {
            let count = firstPosition[symbol + 1] - firstPosition[symbol]
            if count == 0 || count > popularLimit {
                rowOffset.append(Self.empty)
            } else if count <= rareLimit {
                rowOffset.append(Self.rare)
            } else {
                rowOffset.append(used)
                used += stride
            }
        }
        words.removeAll(keepingCapacity: true)
        words.append(contentsOf: repeatElement(0, count: used))
        for (position, symbol) in expert.enumerated() {
            let offset = rowOffset[Int(symbol)]
            if offset >= 0 { words[offset + position >> 6] |= 1 << UInt64(position & 63) }
        }
    }

    /// Whether `symbol` starts no match: it is not in the expert sequence, or is popular there.
    func isEmpty(_ symbol: UInt32) -> Bool { rowOffset[Int(symbol)] == Self.empty }

    /// The offset in `words` of the row of a symbol that is not empty; valid until the next call.
    mutating func row(of symbol: UInt32) -> Int {
        let offset = rowOffset[Int(symbol)]
        if offset >= 0 { return offset }
        if rareInUse != symbol {
            if rareInUse != 0 { forEachPosition(of: rareInUse) { $0[$1 >> 6] = 0 } }
            forEachPosition(of: symbol) { $0[$1 >> 6] |= 1 << UInt64($1 & 63) }
            rareInUse = symbol
        }
        return 0
    }

    /// Bits of `symbol` in the 64 columns from `column` on.
    mutating func window(of symbol: UInt32, from column: Int) -> UInt64 {
        if isEmpty(symbol) { return 0 }
        let offset = row(of: symbol) + column >> 6
        let shift = UInt64(column & 63)
        // A shift by 64 gives 0 in Swift, and the word after a row's last is 0.
        return words[offset] >> shift | words[offset + 1] << (64 - shift)
    }

    private mutating func forEachPosition(of symbol: UInt32, _ body: (inout [UInt64], Int) -> Void) {
        for index in firstPosition[Int(symbol)]..<firstPosition[Int(symbol) + 1] {
            body(&words, Int(positions[index]))
        }
    }

    /// A counting sort of the positions by symbol.
    private mutating func countPositions(symbolCount: Int) {
        firstPosition.removeAll(keepingCapacity: true)
        firstPosition.append(contentsOf: repeatElement(0, count: symbolCount + 2))
        for symbol in symbols { firstPosition[Int(symbol) + 1] += 1 }
        for symbol in 1..<(symbolCount + 2) { firstPosition[symbol] += firstPosition[symbol - 1] }
        positions.removeAll(keepingCapacity: true)
        positions.append(contentsOf: repeatElement(0, count: symbols.count))
        for position in symbols.indices.reversed() {
            let symbol = Int(symbols[position])
            firstPosition[symbol + 1] -= 1
            positions[firstPosition[symbol + 1]] = Int32(position)
        }
        // Each entry now holds its symbol's first position one place too high.
        firstPosition.removeFirst()
        firstPosition.append(symbols.count)
    }
}
