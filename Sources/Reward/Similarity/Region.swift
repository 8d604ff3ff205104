/// A part of the comparison that is still open: rows of the action against columns of the expert.
struct Region: Sendable {
    var rows: Range<Int>
    var columns: Range<Int>
    /// No match within the region is longer than this: what was found in the region around it says so.
    var bound: Int

    var isEmpty: Bool { rows.isEmpty || columns.isEmpty }

    /// The longest that a match can be here.
    var limit: Int { min(bound, min(rows.count, columns.count)) }
}

/// `action[row..<row + size]` equals `expert[column..<column + size]`.
struct Match: Sendable, Equatable {
    var row: Int
    var column: Int
    var size: Int
}
