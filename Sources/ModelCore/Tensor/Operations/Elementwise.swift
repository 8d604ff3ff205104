import CKernels

extension Tape {
    /// x + y, of the same shape.
    ///
    /// - Throws: ``TensorError`` when the shapes differ.
    public func add(_ x: Tensor, _ y: Tensor) throws -> Tensor {
        guard x.shape == y.shape else { throw TensorError.shapes("add", x.shape, y.shape, "they must be equal") }
        let sum = Buffer(count: x.count)
        Parallel.ranges(x.count, grain: Kernels.parallelGrain) { range in
            let start = range.lowerBound
            stepwise_add(x.pointer + start, y.pointer + start, sum.pointer + start, range.count)
        }
        return result(shape: x.shape, buffer: sum, of: [x, y]) { sum in
            let dsum = sum.gradientPointer
            // y first: its gradient is a copy, and then x takes the sum's own over.
            if y.requiresGradient {
                let (dy, holdsValues) = y.gradientForWriting()
                Parallel.ranges(y.count, grain: Kernels.parallelGrain) { range in
                    let start = range.lowerBound
                    if holdsValues {
                        Kernels.add(dsum + start, to: dy + start, count: range.count)
                    } else {
                        (dy + start).update(from: dsum + start, count: range.count)
                    }
                }
            }
            if x.requiresGradient { x.adoptGradient(of: sum) }
        }
    }

    /// factor * x.
    public func scale(_ x: Tensor, by factor: Float) -> Tensor {
        let scaled = Buffer(count: x.count)
        scaled.pointer.update(from: x.pointer, count: x.count)
        stepwise_scale(factor, scaled.pointer, x.count)
        return result(shape: x.shape, buffer: scaled, of: [x]) { scaled in
            stepwise_axpy(factor, scaled.gradientPointer, x.gradientPointer, x.count)
        }
    }
}
