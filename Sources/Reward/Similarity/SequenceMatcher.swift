import ServiceAPI

/// CPython's `difflib.SequenceMatcher(None, action, expert, autojunk).ratio()`, bit for bit.
///
/// The expert sequence is prepared once and then compared with many actions. The order matters: `ratio` of (a, b) and of (b, a) may
/// differ, and autojunk looks at the second sequence, the expert, only.
///
/// Elements are equal as `Hashable` says. For text use `ScalarMatcher`: Swift's `Character` and `String` are equal when they are
/// canonically equivalent, code points in Python are not.
public struct SequenceMatcher<Element: Hashable & Sendable>: Sendable {
    public let autojunk: Bool
    private var matcher = SymbolMatcher()
    private var symbols: [Element: UInt32] = [:]
    private var expertCount = 0
    private var action: [UInt32] = []

    public init(expert: some Sequence<Element>, autojunk: Bool) {
        self.autojunk = autojunk
        setExpert(expert)
    }

    /// Replaces the expert sequence; memory is reused.
    public mutating func setExpert(_ expert: some Sequence<Element>) {
        symbols.removeAll(keepingCapacity: true)
        var sequence: [UInt32] = []
        for element in expert {
            let next = UInt32(symbols.count + 1)
            sequence.append(symbols[element, default: next])
            if sequence[sequence.count - 1] == next { symbols[element] = next }
        }
        expertCount = sequence.count
        matcher.prepare(sequence, symbolCount: symbols.count, autojunk: autojunk)
    }

    /// 2M/T: M elements in matching blocks, T elements of both sequences; 1 when both are empty.
    public mutating func ratio(of action: some Sequence<Element>) -> Double {
        look(up: action)
        return Ratio.of(matched: matcher.matchedCount(self.action), total: self.action.count + expertCount)
    }

    /// CPython's `get_matching_blocks()` without the empty block at its end.
    public mutating func blocks(of action: some Sequence<Element>) -> [MatchingBlock] {
        look(up: action)
        return matcher.matches(self.action).map { MatchingBlock(action: $0.row, expert: $0.column, count: $0.size) }
    }

    private mutating func look(up action: some Sequence<Element>) {
        self.action.removeAll(keepingCapacity: true)
        for element in action { self.action.append(symbols[element] ?? 0) }
    }
}

enum Ratio {
    /// CPython's `_calculate_ratio`, with the same roundings: 2.0 * M, then / T.
    static func of(matched: Int, total: Int) -> Double {
        total == 0 ? 1 : 2.0 * Double(matched) / Double(total)
    }
}
