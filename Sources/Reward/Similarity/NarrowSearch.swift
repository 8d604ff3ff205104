/// The search for the longest match where the expert side has at most 64 columns: a row is one word.
struct NarrowSearch: Sendable {
    /// For each row of the action, the columns that hold its symbol: bit c is column `firstColumn + c`.
    private var rows: [UInt64] = []
    private var firstRow = 0
    private var firstColumn = 0

    /// Reads the rows of a region, which all later searches lie within.
    mutating func load(_ region: Region, action: [UInt32], from table: inout OccurrenceTable) {
        firstRow = region.rows.lowerBound
        firstColumn = region.columns.lowerBound
        rows.removeAll(keepingCapacity: true)
        for row in region.rows { rows.append(table.window(of: action[row], from: firstColumn)) }
    }

    /// The longest match in the region; of several, the first in the action, and of those the first in the expert.
    ///
    /// Looks at the window of rows that would hold a match longer than the best so far, from its last row backwards, keeping
    /// the set of columns on which all rows looked at agree. When the set runs empty after s rows, no match holds these s rows, and the window
    /// moves on to where it holds only the last s - 1 of them (the idea of Boyer and Moore).
    func longestMatch(in region: Region) -> Match {
        let low = region.columns.lowerBound - firstColumn
        let mask = (~UInt64(0) >> UInt64(64 - region.columns.count)) << UInt64(low)
        let start = region.rows.lowerBound - firstRow
        let end = region.rows.upperBound - firstRow
        let limit = region.limit
        var best = Match(row: region.rows.lowerBound, column: region.columns.lowerBound, size: 0)
        var row = start
        while best.size < limit, row < end {
            let wanted = best.size + 1
            // Columns where matches start, of as many rows as were looked at.
            var starts = rows[row] & mask
            var looked = 1
            while starts != 0, looked < wanted {
                starts = starts >> 1 & rows[row - looked] & mask
                looked += 1
            }
            if starts == 0 {
                row += wanted - looked + 1
                continue
            }
            // All matches of the wanted length that end in this row; those that last longest are followed down.
            var ends = starts << UInt64(wanted - 1)
            var size = wanted
            row += 1
            while row < end {
                let longer = ends << 1 & rows[row] & mask
                if longer == 0 { break }
                ends = longer
                size += 1
                row += 1
            }
            best.size = size
            best.row = firstRow + row - size
            best.column = firstColumn + ends.trailingZeroBitCount - size + 1
            // The window that ends in the row just looked at has failed.
            row += 1
        }
        return best
    }
}
