/// A forest's rows in depth-first order, in which the descendants of a segment are one contiguous range of rows.
///
/// That is what lets the queries of all branches of a segment meet its keys in one GEMM, with nothing gathered.
package struct ForestLayout {
    struct Block {
        /// The segment's own rows.
        let rows: Range<Int>
        /// The end of its subtree's rows, which begin with its own.
        let subtreeEnd: Int
    }

    /// The non-empty segments, ancestors before descendants.
    let blocks: [Block]
    /// Tokens and positions by depth-first row.
    let tokens: [TokenID]
    let positions: [Int32]
    /// The depth-first row of each row of the forest.
    let rowOrder: [Int]

    package init(_ forest: TokenForest) {
        let segments = forest.segments
        var children = [[Int]](repeating: [], count: segments.count)
        var roots: [Int] = []
        for (index, segment) in segments.enumerated() {
            if let parent = segment.parent { children[parent].append(index) } else { roots.append(index) }
        }

        var tokens: [TokenID] = []
        var positions: [Int32] = []
        var rowOrder = [Int](repeating: 0, count: forest.tokenCount)
        tokens.reserveCapacity(forest.tokenCount)
        positions.reserveCapacity(forest.tokenCount)
        var starts = [Int](repeating: 0, count: segments.count)
        var ends = [Int](repeating: 0, count: segments.count)
        var order: [Int] = []

        // An explicit stack: a trunk may be thousands of steps deep. A negative entry ends the subtree of ~entry.
        var stack = Array(roots.reversed())
        while let entry = stack.popLast() {
            guard entry >= 0 else {
                ends[~entry] = tokens.count
                continue
            }
            let segment = segments[entry]
            starts[entry] = tokens.count
            order.append(entry)
            for (offset, token) in segment.tokens.enumerated() {
                rowOrder[segment.firstRow + offset] = tokens.count
                tokens.append(token)
                positions.append(Int32(segment.firstPosition + offset))
            }
            stack.append(~entry)
            stack.append(contentsOf: children[entry].reversed())
        }
        blocks = order.compactMap { index in
            let count = segments[index].tokens.count
            return count == 0 ? nil : Block(rows: starts[index]..<starts[index] + count, subtreeEnd: ends[index])
        }
        self.tokens = tokens
        self.positions = positions
        self.rowOrder = rowOrder
    }
}
