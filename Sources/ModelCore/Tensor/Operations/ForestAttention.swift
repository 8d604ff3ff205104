import CKernels

/// The shape of grouped-query attention (Ainslie et al. 2023, arXiv 2305.13245).
package struct AttentionShape: Equatable {
    package let heads: Int
    package let keyValueHeads: Int
    /// Of one head.
    package let width: Int

    package init(heads: Int, keyValueHeads: Int, width: Int) {
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.width = width
    }

    /// Query heads for each key-value head.
    var group: Int { heads / keyValueHeads }
    /// Columns of the fused projection: queries, keys, values.
    package var fusedWidth: Int { (heads + 2 * keyValueHeads) * width }
    var scale: Float { 1 / Float(width).squareRoot() }

    func queryColumn(_ head: Int) -> Int { head * width }
    func keyColumn(_ keyValueHead: Int) -> Int { (heads + keyValueHead) * width }
    func valueColumn(_ keyValueHead: Int) -> Int { (heads + keyValueHeads + keyValueHead) * width }
}

extension Tape {
    /// Attention over a forest: each row attends to its ancestors' rows and to its own segment up to itself.
    ///
    /// Rows are in depth-first order, so the rows that see a segment are one range: its own, masked causally, and its descendants', which see all
    /// of it: the queries of all branches meet its keys in one product. Segments are taken ancestors first and merged by online softmax
    /// (Milakov and Gimelshein 2018, arXiv 1805.02867); backward recomputes probabilities from the saved log-sum-exp (Dao et al. 2022, arXiv 2205.14135), so nothing of size [T, T] is ever kept.
    ///
    /// - Parameter fused: queries, keys and values side by side, [T, (heads + 2 * keyValueHeads) * width], rotated.
    /// - Returns: [T, heads * width].
    /// - Throws: ``TensorError`` when the shapes do not fit.
    package func forestAttention(_ fused: Tensor, layout: ForestLayout, shape: AttentionShape) throws -> Tensor {
        let rows = layout.tokens.count
        guard fused.shape == [rows, shape.fusedWidth] else {
            throw TensorError.shapes("forestAttention", fused.shape, [rows, shape.fusedWidth], "they must be equal")
        }
        let output = Buffer(count: rows * shape.heads * shape.width)
        let logSums = Buffer(count: shape.heads * rows)
        let attention = ForestAttention(fused: fused.pointer, shape: shape, layout: layout)
        attention.forward(output: output.pointer, logSums: logSums.pointer)
        return result(shape: [rows, shape.heads * shape.width], buffer: output, of: [fused]) { attended in
            attention.backward(
                output: attended.pointer, logSums: logSums.pointer, doutput: attended.gradientPointer,
                dfused: fused.gradientPointer)
        }
    }
}

/// Forest attention in parts: a part is the query rows of a range under one key-value head.
///
/// The rows of a range see about as many keys as those of any other, so that a deep tree keeps all cores as busy as many flat ones.
private struct ForestAttention {
    private let fused: UnsafeMutablePointer<Float>
    private let shape: AttentionShape
    private let rows: Int
    private let blocks: [stepwise_forest_block]
    private let ranges: [Range<Int>]
    /// The first row of the tree that a range begins in: no key before it is seen.
    private let bases: [Int]

    init(fused: UnsafeMutablePointer<Float>, shape: AttentionShape, layout: ForestLayout) {
        self.fused = fused
        self.shape = shape
        rows = layout.tokens.count
        blocks = layout.blocks.map { block in
            stepwise_forest_block(
                start: block.rows.lowerBound, end: block.rows.upperBound, subtree_end: block.subtreeEnd)
        }
        // A key tile is packed once for each part that sees it, so parts are few: enough for the threads to share them evenly.
        let wanted = (4 * Parallel.threadCount + shape.keyValueHeads - 1) / shape.keyValueHeads
        let count = Parallel.threadCount == 1 ? 1 : max(1, min(wanted, rows / 128))
        var seen: [Int] = [0]
        for position in layout.positions { seen.append(seen[seen.count - 1] + Int(position) + 32) }
        var bounds = [0]
        for part in 1..<max(2, count) where count > 1 {
            let target = seen[rows] * part / count
            bounds.append(max(bounds[bounds.count - 1], seen.partitioningIndex { $0 >= target }))
        }
        bounds.append(rows)
        ranges = zip(bounds, bounds.dropFirst()).map { $0..<$1 }.filter { !$0.isEmpty }
        bases = ranges.map { range in
            var row = range.lowerBound
            while layout.positions[row] > 0 {
                // The rows of a path before a row are not neighbours, but none of them lies before its tree's first row.
                row -= 1
            }
            return row
        }
    }

    private func task(_ keyValueHead: Int, _ blocks: UnsafeBufferPointer<stepwise_forest_block>) -> stepwise_attention {
        stepwise_attention(
            queries: fused + shape.queryColumn(keyValueHead * shape.group), keys: fused + shape.keyColumn(keyValueHead),
            values: fused + shape.valueColumn(keyValueHead), stride: shape.fusedWidth,
            output_stride: shape.heads * shape.width, group: shape.group, width: shape.width, rows: rows,
            scale: shape.scale, blocks: blocks.baseAddress, block_count: blocks.count)
    }

    private func forEachPart(_ body: (_ task: inout stepwise_attention, _ keyValueHead: Int, _ range: Int) -> Void) {
        blocks.withUnsafeBufferPointer { blocks in
            Parallel.run(shape.keyValueHeads * ranges.count) { part in
                var task = task(part / ranges.count, blocks)
                body(&task, part / ranges.count, part % ranges.count)
            }
        }
    }

    func forward(output: UnsafeMutablePointer<Float>, logSums: UnsafeMutablePointer<Float>) {
        let sums = Buffer(count: shape.heads * rows)
        forEachPart { task, keyValueHead, index in
            let workspace = Buffer(count: stepwise_attention_workspace(shape.width))
            let head = keyValueHead * shape.group
            stepwise_attention_forward(
                &task, ranges[index].lowerBound, ranges[index].upperBound, output + head * shape.width,
                logSums + head * rows, sums.pointer + head * rows, workspace.pointer)
        }
    }

    func backward(
        output: UnsafeMutablePointer<Float>, logSums: UnsafeMutablePointer<Float>,
        doutput: UnsafeMutablePointer<Float>, dfused: UnsafeMutablePointer<Float>
    ) {
        // Parts of one head add to the same keys and values: each into its own sums, which are then added in the order of the ranges.
        let width = shape.width
        let sums = (0..<shape.keyValueHeads * ranges.count).map { part in
            let index = part % ranges.count
            return Buffer(count: 2 * (ranges[index].upperBound - bases[index]) * width)
        }
        forEachPart { task, keyValueHead, index in
            let workspace = Buffer(count: stepwise_attention_workspace(width))
            let own = sums[keyValueHead * ranges.count + index]
            own.pointer.update(repeating: 0, count: own.count)
            let head = keyValueHead * shape.group
            stepwise_attention_backward(
                &task, ranges[index].lowerBound, ranges[index].upperBound, output + head * width,
                logSums + head * rows, doutput + head * width, dfused + shape.queryColumn(head), own.pointer,
                own.pointer + own.count / 2, bases[index], workspace.pointer)
        }
        Parallel.ranges(rows, grain: max(1, Kernels.parallelGrain / shape.fusedWidth)) { part in
            for keyValueHead in 0..<shape.keyValueHeads {
                for index in ranges.indices {
                    let own = sums[keyValueHead * ranges.count + index]
                    let shared =
                        max(
                            part.lowerBound, bases[index])..<max(
                            max(part.lowerBound, bases[index]), min(part.upperBound, ranges[index].upperBound))
                    for row in shared {
                        let (place, from) = (
                            dfused + row * shape.fusedWidth, own.pointer + (row - bases[index]) * width
                        )
                        Kernels.add(from, to: place + shape.keyColumn(keyValueHead), count: width)
                        Kernels.add(from + own.count / 2, to: place + shape.valueColumn(keyValueHead), count: width)
                    }
                }
            }
        }
    }
}

extension Array {
    /// The first index whose element satisfies a predicate that holds for all after it; `endIndex` when none does.
    fileprivate func partitioningIndex(where holds: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
