extension Tape {
    /// y [T, out] = x [T, in] * weight^T (+ bias), the weight [out, in] as checkpoints have it.
    ///
    /// - Throws: ``TensorError`` when the shapes do not fit.
    public func linear(_ x: Tensor, weight: Tensor, bias: Tensor? = nil) throws -> Tensor {
        guard weight.shape.count == 2 else {
            throw TensorError.shapes("linear", x.shape, weight.shape, "weight is [out, \(x.columns)]")
        }
        return try linear(x, LinearLayer(weight: WeightMatrix(weight), bias: bias))
    }

    /// The same with weights of either precision, and with adapters.
    func linear(_ x: Tensor, _ layer: LinearLayer) throws -> Tensor {
        let (weight, bias, adapters) = (layer.weight, layer.bias, layer.adapters)
        let (rows, input, output) = (x.rows, x.columns, weight.rows)
        guard weight.columns == input else {
            throw TensorError.shapes(
                "linear", x.shape, [weight.rows, weight.columns], "weight is [out, \(input)]")
        }
        if let bias, bias.shape != [output] {
            throw TensorError.shapes(
                "linear", [weight.rows, weight.columns], bias.shape, "bias is [\(output)]")
        }
        let y = Buffer(count: rows * output)
        if let bias {
            for row in 0..<rows { (y.pointer + row * output).update(from: bias.pointer, count: output) }
        }
        weight.multiply(x.pointer, count: rows, into: y.pointer, stride: output, beta: bias == nil ? 0 : 1)
        let narrow = adapters.map { $0.add(x.pointer, rows: rows, to: y.pointer, stride: output) }
        let inputs = [x] + [weight.tensor, bias].compactMap { $0 } + adapters.flatMap { [$0.down, $0.up] }
        return result(shape: [rows, output], buffer: y, of: inputs) { y in
            let dy = y.gradientPointer
            if let weight = weight.tensor, weight.requiresGradient {
                BLAS.multiplyInParallel(
                    .transposed(dy, stride: output), .plain(x.pointer, stride: input), into: weight.gradientPointer,
                    stride: input, m: output, n: input, k: rows, beta: 1)
            }
            if let bias, bias.requiresGradient {
                let dbias = bias.gradientPointer
                for row in 0..<rows { Kernels.add(dy + row * output, to: dbias, count: output) }
            }
            var dx: UnsafeMutablePointer<Float>?
            if x.requiresGradient {
                let (pointer, holdsValues) = x.gradientForWriting()
                weight.multiplyTransposed(dy, count: rows, stride: output, into: pointer, beta: holdsValues ? 1 : 0)
                dx = pointer
            }
            for (adapter, narrow) in zip(adapters, narrow) {
                adapter.backward(x.pointer, narrow: narrow, rows: rows, dy: dy, stride: output, dx: dx)
            }
        }
    }
}
