import CKernels

extension Tape {
    /// silu(gate) * up [T, n] from gate and up side by side [T, 2n] (Shazeer 2020, arXiv 2002.05202).
    ///
    /// - Throws: ``TensorError`` when the number of columns is odd.
    public func swiGLU(_ gateUp: Tensor) throws -> Tensor {
        guard gateUp.columns.isMultiple(of: 2) else {
            throw TensorError("swiGLU", "\(gateUp.shape) cannot be split into gate and up of equal width")
        }
        let (rows, width) = (gateUp.rows, gateUp.columns / 2)
        let y = Buffer(count: rows * width)
        let grain = max(1, Kernels.parallelGrain / 4 / width)
        Parallel.ranges(rows, grain: grain) { range in
            let start = range.lowerBound * width
            stepwise_swiglu(gateUp.pointer + 2 * start, y.pointer + start, range.count, width)
        }
        return result(shape: [rows, width], buffer: y, of: [gateUp]) { y in
            let (dy, dgateUp) = (y.gradientPointer, gateUp.gradientPointer)
            Parallel.ranges(rows, grain: grain) { range in
                let start = range.lowerBound * width
                stepwise_swiglu_backward(
                    gateUp.pointer + 2 * start, dy + start, dgateUp + 2 * start, range.count, width)
            }
        }
    }
}
