/// What LoRA adds to some of a linear layer's outputs: scale * B (A x).
struct LowRankAdapter {
    /// A, [rank, in].
    let down: Tensor
    /// B, [outputs.count, rank].
    let up: Tensor
    /// The columns of the layer's output that it adds to: one of several projections that are computed as one.
    let outputs: Range<Int>
    let scale: Float

    var rank: Int { down.rows }

    /// Adds scale * x A^T B^T to y [rows, stride].
    ///
    /// - Returns: x A^T [rows, rank], which backward needs.
    func add(
        _ x: UnsafePointer<Float>, rows: Int, to y: UnsafeMutablePointer<Float>, stride: Int
    ) -> Buffer {
        let (input, narrow) = (down.columns, Buffer(count: rows * rank))
        BLAS.multiplyInParallel(
            .plain(x, stride: input), .transposed(down.pointer, stride: input), into: narrow.pointer, stride: rank,
            m: rows, n: rank, k: input)
        BLAS.multiplyInParallel(
            .plain(narrow.pointer, stride: rank), .transposed(up.pointer, stride: rank), into: y + outputs.lowerBound,
            stride: stride, m: rows, n: outputs.count, k: rank, alpha: scale, beta: 1)
        return narrow
    }

    /// Adds to the gradients of A and B and, where it is asked for, of x.
    ///
    /// - Parameter narrow: what ``add(_:rows:to:stride:)`` returned.
    func backward(
        _ x: UnsafePointer<Float>, narrow: Buffer, rows: Int, dy: UnsafePointer<Float>, stride: Int,
        dx: UnsafeMutablePointer<Float>?
    ) {
        let (input, own) = (down.columns, dy + outputs.lowerBound)
        BLAS.multiplyInParallel(
            .transposed(own, stride: stride), .plain(narrow.pointer, stride: rank), into: up.gradientPointer,
            stride: rank, m: outputs.count, n: rank, k: rows, alpha: scale, beta: 1)
        let dnarrow = Buffer(count: rows * rank)
        BLAS.multiplyInParallel(
            .plain(own, stride: stride), .plain(up.pointer, stride: rank), into: dnarrow.pointer, stride: rank,
            m: rows, n: rank, k: outputs.count, alpha: scale)
        BLAS.multiplyInParallel(
            .transposed(dnarrow.pointer, stride: rank), .plain(x, stride: input), into: down.gradientPointer,
            stride: input, m: rank, n: input, k: rows, beta: 1)
        if let dx {
            BLAS.multiplyInParallel(
                .plain(dnarrow.pointer, stride: rank), .plain(down.pointer, stride: input), into: dx, stride: input,
                m: rows, n: input, k: rank, beta: 1)
        }
    }
}
