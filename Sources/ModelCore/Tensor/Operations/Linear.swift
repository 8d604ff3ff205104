extension Tape {
    /// y [T, out] = x [T, in] * weight^T (+ bias), the weight [out, in] as checkpoints have it.
    ///
    /// - Throws: ``TensorError`` when the shapes do not fit.
    public func linear(_ x: Tensor, weight: Tensor, bias: Tensor? = nil) throws -> Tensor {
        let (rows, input, output) = (x.rows, x.columns, weight.rows)
        guard weight.shape.count == 2, weight.columns == input else {
            throw TensorError.shapes("linear", x.shape, weight.shape, "weight is [out, \(input)]")
        }
        if let bias, bias.shape != [output] {
            throw TensorError.shapes("linear", weight.shape, bias.shape, "bias is [\(output)]")
        }
        let y = Buffer(count: rows * output)
        if let bias {
            for row in 0..<rows { (y.pointer + row * output).update(from: bias.pointer, count: output) }
        }
        BLAS.multiplyInParallel(
            .plain(x.pointer, stride: input), .transposed(weight.pointer, stride: input), into: y.pointer,
            stride: output, m: rows, n: output, k: input, accumulate: bias != nil)
        return result(shape: [rows, output], buffer: y, of: [x, weight] + (bias.map { [$0] } ?? [])) { y in
            let dy = y.gradientPointer
            if weight.requiresGradient {
                BLAS.multiplyInParallel(
                    .transposed(dy, stride: output), .plain(x.pointer, stride: input), into: weight.gradientPointer,
                    stride: input, m: output, n: input, k: rows, accumulate: true)
            }
            if let bias, bias.requiresGradient {
                let dbias = bias.gradientPointer
                for row in 0..<rows { Kernels.add(dy + row * output, to: dbias, count: output) }
            }
            if x.requiresGradient {
                let (dx, holdsValues) = x.gradientForWriting()
                BLAS.multiplyInParallel(
                    .plain(dy, stride: output), .plain(weight.pointer, stride: input), into: dx, stride: input,
                    m: rows, n: input, k: output, accumulate: holdsValues)
            }
        }
    }
}
