/// What `difflib.SequenceMatcher(None, action, expert)` counts, on sequences of symbols.
///
/// CPython finds the longest match of two ranges (the first in the action, then the first in the expert, where several are equally long) and then does
/// the same left and right of it. This is done here with sets of columns as bits, and with what a search already knows about the
/// searches within it: none of them can find a longer match, and the one on the left none as long.
struct SymbolMatcher: Sendable {
    private var table = OccurrenceTable()
    private var wide = WideSearch()
    private var narrow = NarrowSearch()
    private var open: [Region] = []
    private var hasPopular = false
    /// The matches so far, where they are asked for.
    private var taken: [Match]?

    /// Takes in the expert sequence (symbols from 1 to `symbolCount`).
    mutating func prepare(_ expert: [UInt32], symbolCount: Int, autojunk: Bool) {
        table.prepare(expert, symbolCount: symbolCount, autojunk: autojunk)
        hasPopular = autojunk && expert.count >= 200
        wide.prepare(wordCount: table.wordCount)
    }

    /// M: the elements of all matching blocks.
    ///
    /// - Parameter action: Symbols; 0 for one that the expert sequence does not have.
    mutating func matchedCount(_ action: [UInt32]) -> Int {
        var matched = 0
        open.removeAll(keepingCapacity: true)
        push(Region(rows: 0..<action.count, columns: 0..<table.symbols.count, bound: .max))
        while let region = open.popLast() {
            if region.columns.count > 64 {
                let match = wide.longestMatch(in: region, action: action, table: &table)
                matched += take(match, in: region, action: action)
            } else {
                narrow.load(region, action: action, from: &table)
                let outer = open.count
                push(region)
                while open.count > outer {
                    let part = open.removeLast()
                    let match = narrow.longestMatch(in: part)
                    matched += take(match, in: part, action: action)
                }
            }
        }
        return matched
    }

    /// The matching blocks, ascending, those that touch on both sides joined: `get_matching_blocks()` without the empty one at its end.
    ///
    /// - Parameter action: As for `matchedCount`.
    mutating func matches(_ action: [UInt32]) -> [Match] {
        taken = []
        _ = matchedCount(action)
        let found = (taken ?? []).sorted { $0.row < $1.row }
        taken = nil
        var joined: [Match] = []
        for match in found {
            if let last = joined.last, last.row + last.size == match.row, last.column + last.size == match.column {
                joined[joined.count - 1].size += match.size
            } else {
                joined.append(match)
            }
        }
        return joined
    }

    /// Counts a match and opens the regions left and right of it.
    private mutating func take(_ found: Match, in region: Region, action: [UInt32]) -> Int {
        let match = hasPopular ? extended(found, in: region, action: action) : found
        if match.size == 0 { return 0 }
        taken?.append(match)
        // With no match but popular elements from the region's corner on, nothing is left of it and nothing more to the right.
        if found.size == 0 { return match.size }
        push(
            Region(
                rows: region.rows.lowerBound..<match.row, columns: region.columns.lowerBound..<match.column,
                bound: found.size - 1))
        push(
            Region(
                rows: (match.row + match.size)..<region.rows.upperBound,
                columns: (match.column + match.size)..<region.columns.upperBound, bound: found.size))
        return match.size
    }

    private mutating func push(_ region: Region) {
        // Where no element can match, popular ones still can, from the corner on.
        if !region.isEmpty, region.bound > 0 || hasPopular { open.append(region) }
    }

    /// CPython extends a match by equal elements at both ends, popular ones too.
    private func extended(_ match: Match, in region: Region, action: [UInt32]) -> Match {
        var match = match
        while match.row > region.rows.lowerBound, match.column > region.columns.lowerBound,
            action[match.row - 1] == table.symbols[match.column - 1]
        {
            match.row -= 1
            match.column -= 1
            match.size += 1
        }
        while match.row + match.size < region.rows.upperBound, match.column + match.size < region.columns.upperBound,
            action[match.row + match.size] == table.symbols[match.column + match.size]
        {
            match.size += 1
        }
        return match
    }
}
