import CKernels

extension Tape {
    /// RMS norms of each head's queries and keys, as Qwen3 has them; values pass unchanged.
    ///
    /// - Parameters:
    ///   - fused: queries, keys and values side by side, [T, (heads + 2 * keyValueHeads) * width].
    ///   - queryWeight: [width], shared by all query heads.
    ///   - keyWeight: [width].
    /// - Throws: ``TensorError`` when the shapes do not fit.
    package func headNorms(
        _ fused: Tensor, shape: AttentionShape, queryWeight: Tensor, keyWeight: Tensor, epsilon: Float
    ) throws -> Tensor {
        let (rows, stride, width) = (fused.rows, shape.fusedWidth, shape.width)
        guard fused.columns == stride else {
            throw TensorError.shapes("headNorms", fused.shape, [rows, stride], "they must be equal")
        }
        for weight in [queryWeight, keyWeight] where weight.shape != [width] {
            throw TensorError.shapes("headNorms", fused.shape, weight.shape, "weight is [\(width)]")
        }
        // Queries and keys by their first column, number of heads, weight, and place among a row's inverses.
        let normed = shape.heads + shape.keyValueHeads
        let parts = [
            (column: 0, heads: shape.heads, weight: queryWeight, head: 0),
            (column: shape.keyColumn(0), heads: shape.keyValueHeads, weight: keyWeight, head: shape.heads),
        ]
        let valueColumn = shape.valueColumn(0)
        let y = Buffer(count: fused.count)
        let inverse = Buffer(count: rows * normed)
        let grain = max(1, Kernels.parallelGrain / stride)
        Parallel.ranges(rows, grain: grain) { range in
            for row in range {
                let (source, target) = (fused.pointer + row * stride, y.pointer + row * stride)
                for part in parts {
                    stepwise_rms_norm(
                        source + part.column, part.weight.pointer, epsilon, target + part.column,
                        inverse.pointer + row * normed + part.head, part.heads, width)
                }
                (target + valueColumn).update(from: source + valueColumn, count: stride - valueColumn)
            }
        }
        return result(shape: fused.shape, buffer: y, of: [fused, queryWeight, keyWeight]) { y in
            let (dy, dx) = (y.gradientPointer, fused.gradientPointer)
            // One sum of the weights' gradients for each thread's rows, added in the order of the rows.
            let threads = max(1, min(Parallel.threadCount, rows / grain))
            let dweights = Buffer.zeros(threads * parts.count * width)
            Parallel.run(threads) { thread in
                for row in rows * thread / threads..<rows * (thread + 1) / threads {
                    let (from, to) = (dy + row * stride, dx + row * stride)
                    for (index, part) in parts.enumerated() {
                        stepwise_rms_norm_backward(
                            fused.pointer + row * stride + part.column, part.weight.pointer,
                            inverse.pointer + row * normed + part.head, from + part.column, to + part.column,
                            dweights.pointer + (thread * parts.count + index) * width, part.heads, width)
                    }
                    Kernels.add(from + valueColumn, to: to + valueColumn, count: stride - valueColumn)
                }
            }
            for (index, part) in parts.enumerated() where part.weight.requiresGradient {
                for thread in 0..<threads {
                    Kernels.add(
                        dweights.pointer + (thread * parts.count + index) * width, to: part.weight.gradientPointer,
                        count: width)
                }
            }
        }
    }
}
