import CKernels

extension Tape {
    /// x / sqrt(mean(x^2) + epsilon) * weight, for each row (Zhang and Sennrich 2019).
    ///
    /// - Throws: ``TensorError`` when weight is not [columns of x].
    public func rmsNorm(_ x: Tensor, weight: Tensor, epsilon: Float) throws -> Tensor {
        let (rows, width) = (x.rows, x.columns)
        guard weight.shape == [width] else {
            throw TensorError.shapes("rmsNorm", x.shape, weight.shape, "weight is [\(width)]")
        }
        let inverse = Buffer(count: rows)
        let grain = max(1, Kernels.parallelGrain / width)
        func forward() -> Buffer {
            let (y, x) = (Buffer(count: rows * width), x.pointer)
            Parallel.ranges(rows, grain: grain) { range in
                let start = range.lowerBound * width
                stepwise_rms_norm(
                    x + start, weight.pointer, epsilon, y.pointer + start, inverse.pointer + range.lowerBound,
                    range.count, width)
            }
            return y
        }
        return result(shape: x.shape, buffer: forward(), of: [x, weight], recompute: forward) { y in
            let (dy, dx) = (y.gradientPointer, x.gradientPointer)
            // One sum of the weight's gradient for each part, added in the order of the parts.
            let parts = max(1, min(Parallel.threadCount, rows / grain))
            let dweight = Buffer.zeros(parts * width)
            Parallel.run(parts) { part in
                let (first, end) = (rows * part / parts, rows * (part + 1) / parts)
                stepwise_rms_norm_backward(
                    x.pointer + first * width, weight.pointer, inverse.pointer + first, dy + first * width,
                    dx + first * width, dweight.pointer + part * width, end - first, width)
            }
            if weight.requiresGradient {
                for part in 0..<parts {
                    Kernels.add(dweight.pointer + part * width, to: weight.gradientPointer, count: width)
                }
            }
        }
    }
}
