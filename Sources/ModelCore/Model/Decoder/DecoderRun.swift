import CKernels

/// Neighbouring rows of a pass whose paths begin with the same blocks, such as the rollouts of a prompt or the tokens of one segment:
/// their queries meet those blocks' keys and values in one product.
struct DecoderRun {
    /// Places in the slice that the run was made from, counted from 0.
    let rows: Range<Int>
    /// Blocks that all of them see.
    let shared: Int
    /// The most blocks that one of them sees.
    let longest: Int

    /// Queries of a run at most: what they need lies in the caches together.
    private static let queries = 48

    /// - Parameter group: query heads for each key-value head.
    static func make(_ rows: ArraySlice<DecoderPass.Row>, group: Int) -> [DecoderRun] {
        let most = max(1, queries / group)
        var runs: [DecoderRun] = []
        var start = 0
        while start < rows.count {
            let first = rows[rows.startIndex + start]
            var (end, shared, longest) = (start + 1, first.visibleBlocks, first.visibleBlocks)
            while end < rows.count, end - start < most {
                let next = rows[rows.startIndex + end]
                let common = commonBlocks(first, next, atMost: shared)
                // A row that shares much less would keep the others from sharing what they can.
                guard common > 0, 2 * common >= shared else { break }
                (end, shared, longest) = (end + 1, common, max(longest, next.visibleBlocks))
            }
            runs.append(DecoderRun(rows: start..<end, shared: shared, longest: longest))
            start = end
        }
        return runs
    }

    private static func commonBlocks(_ first: DecoderPass.Row, _ second: DecoderPass.Row, atMost limit: Int) -> Int {
        let most = min(limit, min(first.visibleBlocks, second.visibleBlocks))
        if first.segment === second.segment { return most }
        var count = 0
        while count < most, first.segment.path[count] == second.segment.path[count] { count += 1 }
        return count
    }
}
