/// The search for the longest match where the expert side has more than 64 columns: as in `NarrowSearch`, on sets of many words.
struct WideSearch: Sendable {
    /// Columns where matches start, and where they end.
    private var starts = ColumnSet()
    private var ends = ColumnSet()
    private var sliding = SlidingSearch()

    mutating func prepare(wordCount: Int) {
        starts.reserve(wordCount: wordCount)
        ends.reserve(wordCount: wordCount)
        sliding.prepare(wordCount: wordCount)
    }

    /// The longest match in the region; of several, the first in the action, and of those the first in the expert.
    mutating func longestMatch(in region: Region, action: [UInt32], table: inout OccurrenceTable) -> Match {
        let bounds = ColumnBounds(region.columns)
        let limit = region.limit
        var best = Match(row: region.rows.lowerBound, column: region.columns.lowerBound, size: 0)
        var row = region.rows.lowerBound
        while best.size < limit, row < region.rows.upperBound {
            let wanted = best.size + 1
            let looked = lookBack(from: row, wanted: wanted, action: action, table: &table, bounds: bounds)
            if !starts.isEmpty {
                ends.assign(starts, movedUp: wanted - 1, within: bounds)
            } else if looked > 16, looked * 4 > wanted * 3 {
                // Long matches end here, and the window would move on by little for all that was looked at.
                let next = sliding.firstEnd(
                    around: row, known: looked - 1, wanted: wanted, endRow: region.rows.upperBound, action: action,
                    table: &table, bounds: bounds, into: &ends)
                guard let next else {
                    row += wanted + 1
                    continue
                }
                row = next
            } else {
                row += wanted - looked + 1
                continue
            }
            // All matches of the wanted length that end in this row; those that last longest are followed down.
            best.size = wanted
            row += 1
            while row < region.rows.upperBound, !table.isEmpty(action[row]),
                ends.moveUp(keeping: table.row(of: action[row]), of: table, within: bounds)
            {
                best.size += 1
                row += 1
            }
            best.row = row - best.size
            best.column = ends.lowest - best.size + 1
            // The window that ends in the row just looked at has failed.
            row += 1
        }
        return best
    }

    /// Leaves in `starts` where the matches of `wanted` rows that end in `row` start. Returns how many rows it looked at.
    private mutating func lookBack(
        from row: Int, wanted: Int, action: [UInt32], table: inout OccurrenceTable, bounds: ColumnBounds
    ) -> Int {
        if table.isEmpty(action[row]) {
            starts.makeEmpty()
            return 1
        }
        starts.assign(table.row(of: action[row]), of: table, within: bounds)
        var looked = 1
        while !starts.isEmpty, looked < wanted {
            let symbol = action[row - looked]
            looked += 1
            if table.isEmpty(symbol) {
                starts.makeEmpty()
            } else {
                starts.moveDown(keeping: table.row(of: symbol), of: table, within: bounds)
            }
        }
        return looked
    }
}
