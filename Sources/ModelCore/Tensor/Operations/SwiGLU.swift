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
        let grain = max(1, Kernels.parallelGrain / 4 / width)
        func forward() -> Buffer {
            let (y, gateUp) = (Buffer(count: rows * width), gateUp.pointer)
            Parallel.ranges(rows, grain: grain) { range in
                for row in range {
                    let gate = gateUp + 2 * row * width
                    stepwise_swiglu(gate, gate + width, y.pointer + row * width, width)
                }
            }
            return y
        }
        return result(shape: [rows, width], buffer: forward(), of: [gateUp], recompute: forward) { y in
            let dy = y.gradientPointer
            let (dgateUp, holdsValues) = gateUp.gradientForWriting()
            let fresh = holdsValues ? Buffer(count: gateUp.count) : nil
            let target = fresh?.pointer ?? dgateUp
            defer { if let fresh { Kernels.add(fresh.pointer, to: dgateUp, count: fresh.count) } }
            Parallel.ranges(rows, grain: grain) { range in
                for row in range {
                    let (gate, dgate) = (gateUp.pointer + 2 * row * width, target + 2 * row * width)
                    stepwise_swiglu_backward(gate, gate + width, dy + row * width, dgate, dgate + width, width)
                }
            }
        }
    }
}
