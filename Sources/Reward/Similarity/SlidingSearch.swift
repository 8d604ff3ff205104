/// Looks for a match of a given length around a row, in time linear in that length.
///
/// Where nearly every window of the action matches somewhere for nearly the wanted length (long runs of one letter, periods), looking
/// back from each row would cost that length every time. Here the windows that hold a row are all decided from two series of sets: what matches
/// back from the row, and what matches on from the one after it; a window is one of the first with one of the second (van Herk, Gil and
/// Werman do the same for minima).
struct SlidingSearch: Sendable {
    /// `back[s - 1]`: columns of the pivot row where a match of s rows ends.
    private var back: [ColumnSet] = []
    private var forward = ColumnSet()
    private var moved = ColumnSet()
    private var row = ColumnSet()
    private var wordCount = 0

    mutating func prepare(wordCount: Int) {
        self.wordCount = wordCount
        forward.reserve(wordCount: wordCount)
        moved.reserve(wordCount: wordCount)
        row.reserve(wordCount: wordCount)
    }

    /// The first row, up to `wanted` rows after the pivot, in which a match of `wanted` rows ends; `ends` are then its columns.
    ///
    /// - Parameters:
    ///   - pivot: The last row of a window of which the last `known` rows match somewhere, and no more.
    ///   - endRow: The row after the region's last.
    mutating func firstEnd(
        around pivot: Int, known: Int, wanted: Int, endRow: Int, action: [UInt32], table: inout OccurrenceTable,
        bounds: ColumnBounds, into ends: inout ColumnSet
    ) -> Int? {
        lookBack(from: pivot, known: known, action: action, table: &table, bounds: bounds)
        for count in 1..<(wanted + 1) where pivot + count < endRow {
            // `forward`: columns of the row after the pivot where a match of `count` rows starts.
            let symbol = action[pivot + count]
            if table.isEmpty(symbol) { return nil }
            row.assign(table.row(of: symbol), of: table, within: bounds)
            if count == 1 {
                forward.assign(row, movedDown: 0, within: bounds)
            } else {
                moved.assign(row, movedDown: count - 1, within: bounds)
                forward.formIntersection(moved)
            }
            if forward.isEmpty { return nil }
            let before = wanted - count
            if before > known { continue }
            if before == 0 {
                moved.assign(forward, movedUp: 0, within: bounds)
            } else {
                moved.assign(back[before - 1], movedUp: 1, within: bounds)
                moved.formIntersection(forward)
            }
            if !moved.isEmpty {
                ends.assign(moved, movedUp: count - 1, within: bounds)
                return pivot + count
            }
        }
        return nil
    }

    private mutating func lookBack(
        from pivot: Int, known: Int, action: [UInt32], table: inout OccurrenceTable, bounds: ColumnBounds
    ) {
        while back.count < known { back.append(ColumnSet()) }
        for size in 1..<(known + 1) {
            // Within `known` rows no symbol is empty.
            row.assign(table.row(of: action[pivot - size + 1]), of: table, within: bounds)
            back[size - 1].reserve(wordCount: wordCount)
            back[size - 1].assign(row, movedUp: size - 1, within: bounds)
            if size > 1 {
                moved.assign(back[size - 2], movedUp: 0, within: bounds)
                back[size - 1].formIntersection(moved)
            }
        }
    }
}
