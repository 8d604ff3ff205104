import CKernels
import Foundation

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
    /// of it. Segments are taken ancestors first and merged by online softmax (Milakov and Gimelshein 2018, arXiv 1805.02867); backward recomputes
    /// probabilities from the saved log-sum-exp (Dao et al. 2022, arXiv 2205.14135), so nothing of size [T, T] is ever kept.
    ///
    /// - Parameter fused: queries, keys and values side by side, [T, (heads + 2 * keyValueHeads) * width], rotated.
    /// - Returns: [T, heads * width].
    /// - Throws: ``TensorError`` when the shapes do not fit.
    package func forestAttention(_ fused: Tensor, layout: ForestLayout, shape: AttentionShape) throws -> Tensor {
        let rows = layout.tokens.count
        guard fused.shape == [rows, shape.fusedWidth] else {
            throw TensorError.shapes("forestAttention", fused.shape, [rows, shape.fusedWidth], "they must be equal")
        }
        let output = Buffer.zeros(rows * shape.heads * shape.width)
        let logSums = Buffer(count: shape.heads * rows)
        Parallel.run(shape.heads) { head in
            ForestAttentionHead(fused: fused.pointer, shape: shape, head: head, layout: layout)
                .forward(output: output.pointer, logSums: logSums.pointer + head * rows)
        }
        return result(shape: [rows, shape.heads * shape.width], buffer: output, of: [fused]) { attended in
            let (dattended, dfused) = (attended.gradientPointer, fused.gradientPointer)
            // The heads of a group add to the same keys and values, so they run one after the other.
            Parallel.run(shape.keyValueHeads) { keyValueHead in
                for head in keyValueHead * shape.group..<(keyValueHead + 1) * shape.group {
                    ForestAttentionHead(fused: fused.pointer, shape: shape, head: head, layout: layout)
                        .backward(
                            output: attended.pointer, logSums: logSums.pointer + head * rows, doutput: dattended,
                            dfused: dfused)
                }
            }
        }
    }
}

/// One query head's part of forest attention.
private struct ForestAttentionHead {
    let fused: UnsafeMutablePointer<Float>
    let shape: AttentionShape
    let head: Int
    let layout: ForestLayout

    /// Query rows and key rows taken at a time: the scores of a tile stay in the first-level caches.
    static let tile = 128

    private var width: Int { shape.width }
    private var stride: Int { shape.fusedWidth }
    private var outputStride: Int { shape.heads * shape.width }
    private var keyValueHead: Int { head / shape.group }

    private func query(_ row: Int) -> UnsafeMutablePointer<Float> { fused + row * stride + shape.queryColumn(head) }
    private func key(_ row: Int) -> UnsafeMutablePointer<Float> { fused + row * stride + shape.keyColumn(keyValueHead) }
    private func value(_ row: Int) -> UnsafeMutablePointer<Float> {
        fused + row * stride + shape.valueColumn(keyValueHead)
    }

    /// Calls `body` with every pair of query rows and key rows of which at least one query sees a key.
    private func forEachTile(_ body: (_ queries: Range<Int>, _ keys: Range<Int>) -> Void) {
        for block in layout.blocks {
            for firstKey in Swift.stride(from: block.rows.lowerBound, to: block.rows.upperBound, by: Self.tile) {
                let keys = firstKey..<min(firstKey + Self.tile, block.rows.upperBound)
                // Rows before the first key of the tile see none of it.
                for firstQuery in Swift.stride(from: firstKey, to: block.subtreeEnd, by: Self.tile) {
                    body(firstQuery..<min(firstQuery + Self.tile, block.subtreeEnd), keys)
                }
            }
        }
    }

    /// How many of `keys` a query row sees: all of them from the last key on, else those up to itself.
    private func visible(_ keys: Range<Int>, from query: Int) -> Int { min(keys.count, query - keys.lowerBound + 1) }

    private func scores(
        _ queries: Range<Int>, _ keys: Range<Int>, into scores: UnsafeMutablePointer<Float>
    ) {
        BLAS.multiply(
            .plain(query(queries.lowerBound), stride: stride), .transposed(key(keys.lowerBound), stride: stride),
            into: scores, stride: Self.tile, m: queries.count, n: keys.count, k: width, alpha: shape.scale)
    }

    func forward(output: UnsafeMutablePointer<Float>, logSums: UnsafeMutablePointer<Float>) {
        let rows = layout.tokens.count
        let probabilities = Buffer(count: Self.tile * Self.tile)
        let sums = Buffer.zeros(rows)
        // logSums holds the running maximum until the end.
        logSums.update(repeating: -.greatestFiniteMagnitude, count: rows)
        let column = head * width

        forEachTile { queries, keys in
            scores(queries, keys, into: probabilities.pointer)
            for (index, row) in queries.enumerated() {
                let p = probabilities.pointer + index * Self.tile
                let count = visible(keys, from: row)
                let top = max(logSums[row], stepwise_max(p, count))
                let sum = stepwise_exp_sum(p, count, top)
                (p + count).update(repeating: 0, count: keys.count - count)
                if top > logSums[row] {
                    var shrink = logSums[row] - top
                    _ = stepwise_exp_sum(&shrink, 1, 0)
                    stepwise_scale(shrink, output + row * outputStride + column, width)
                    sums.pointer[row] *= shrink
                    logSums[row] = top
                }
                sums.pointer[row] += sum
            }
            BLAS.multiply(
                .plain(probabilities.pointer, stride: Self.tile), .plain(value(keys.lowerBound), stride: stride),
                into: output + queries.lowerBound * outputStride + column, stride: outputStride,
                m: queries.count, n: width, k: keys.count, beta: 1)
        }
        for row in 0..<rows {
            stepwise_scale(1 / sums.pointer[row], output + row * outputStride + column, width)
            logSums[row] += log(sums.pointer[row])
        }
    }

    func backward(
        output: UnsafeMutablePointer<Float>, logSums: UnsafeMutablePointer<Float>,
        doutput: UnsafeMutablePointer<Float>, dfused: UnsafeMutablePointer<Float>
    ) {
        let rows = layout.tokens.count
        let column = head * width
        let probabilities = Buffer(count: Self.tile * Self.tile)
        let dscores = Buffer(count: Self.tile * Self.tile)
        // The softmax derivative subtracts sum_j p_j dp_j, which equals output . doutput.
        let shifts = Buffer(count: rows)
        for row in 0..<rows {
            let start = row * outputStride + column
            shifts.pointer[row] = stepwise_dot(output + start, doutput + start, width)
        }
        let dquery = dfused + shape.queryColumn(head)
        let dkey = dfused + shape.keyColumn(keyValueHead)
        let dvalue = dfused + shape.valueColumn(keyValueHead)

        forEachTile { queries, keys in
            scores(queries, keys, into: probabilities.pointer)
            let dout = doutput + queries.lowerBound * outputStride + column
            BLAS.multiply(
                .plain(dout, stride: outputStride), .transposed(value(keys.lowerBound), stride: stride),
                into: dscores.pointer, stride: Self.tile, m: queries.count, n: keys.count, k: width)
            for (index, row) in queries.enumerated() {
                let (p, ds) = (probabilities.pointer + index * Self.tile, dscores.pointer + index * Self.tile)
                let count = visible(keys, from: row)
                _ = stepwise_exp_sum(p, count, logSums[row])
                (p + count).update(repeating: 0, count: keys.count - count)
                stepwise_softmax_backward(p, ds, shifts.pointer[row], keys.count)
            }
            BLAS.multiply(
                .transposed(probabilities.pointer, stride: Self.tile), .plain(dout, stride: outputStride),
                into: dvalue + keys.lowerBound * stride, stride: stride, m: keys.count, n: width, k: queries.count,
                beta: 1)
            BLAS.multiply(
                .plain(dscores.pointer, stride: Self.tile), .plain(key(keys.lowerBound), stride: stride),
                into: dquery + queries.lowerBound * stride, stride: stride, m: queries.count, n: width, k: keys.count,
                alpha: shape.scale, beta: 1)
            BLAS.multiply(
                .transposed(dscores.pointer, stride: Self.tile), .plain(query(queries.lowerBound), stride: stride),
                into: dkey + keys.lowerBound * stride, stride: stride, m: keys.count, n: width, k: queries.count,
                alpha: shape.scale, beta: 1)
        }
    }
}
