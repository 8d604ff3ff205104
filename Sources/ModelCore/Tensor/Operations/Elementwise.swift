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
            for input in [x, y] where input.requiresGradient {
                let dinput = input.gradientPointer
                Parallel.ranges(input.count, grain: Kernels.parallelGrain) { range in
                    Kernels.add(dsum + range.lowerBound, to: dinput + range.lowerBound, count: range.count)
                }
            }
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
