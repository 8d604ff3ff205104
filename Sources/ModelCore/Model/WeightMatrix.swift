/// A matrix of weights [out, in] as the model reads it: Float32, which may be trained, or BF16, which is frozen.
///
/// BF16 weights are widened a block at a time, into memory that stays in the caches: products are Float32 all the same.
struct WeightMatrix {
    private enum Storage {
        case float32(Tensor)
        case bfloat16(UnsafePointer<UInt16>, owner: HalfBuffer)
    }

    /// Out.
    let rows: Int
    /// In.
    let columns: Int
    private let storage: Storage

    init(_ tensor: Tensor) {
        (rows, columns) = (tensor.rows, tensor.columns)
        storage = .float32(tensor)
    }

    init(bfloat16 pointer: UnsafePointer<UInt16>, rows: Int, columns: Int, owner: HalfBuffer) {
        (self.rows, self.columns) = (rows, columns)
        storage = .bfloat16(pointer, owner: owner)
    }

    /// The Float32 values and their gradient; nil for BF16.
    var tensor: Tensor? {
        if case .float32(let tensor) = storage { tensor } else { nil }
    }

    /// The BF16 values, row-major; nil for Float32.
    var halves: UnsafePointer<UInt16>? {
        if case .bfloat16(let pointer, _) = storage { pointer } else { nil }
    }

    /// Floats of a widened block: 1 MiB.
    private static let blockSize = 1 << 18

    /// Copies rows [range.count, in], widened.
    func copy(_ range: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        switch storage {
        case .float32(let tensor):
            target.update(from: tensor.pointer + range.lowerBound * columns, count: range.count * columns)
        case .bfloat16(let pointer, _):
            HalfPrecision.readBFloat16(
                pointer + range.lowerBound * columns, count: range.count * columns, into: target)
        }
    }

    /// y [rows of x, out] = x * W^T + beta * y, rows of y `stride` apart.
    func multiply(
        _ x: UnsafePointer<Float>, count: Int, into y: UnsafeMutablePointer<Float>, stride: Int, beta: Float = 0
    ) {
        switch storage {
        case .float32(let tensor):
            BLAS.multiplyInParallel(
                .plain(x, stride: columns), .transposed(tensor.pointer, stride: columns), into: y, stride: stride,
                m: count, n: rows, k: columns, beta: beta)
        case .bfloat16(let pointer, _):
            Parallel.ranges(rows, grain: Self.smallestPart(columns * count)) { part in
                forEachBlock(of: part, width: columns) { block, scratch in
                    HalfPrecision.readBFloat16(
                        pointer + block.lowerBound * columns, count: block.count * columns, into: scratch)
                    BLAS.multiply(
                        .plain(x, stride: columns), .transposed(scratch, stride: columns), into: y + block.lowerBound,
                        stride: stride, m: count, n: block.count, k: columns, beta: beta)
                }
            }
        }
    }

    /// dx [rows of dy, in] = dy * W + beta * dx, rows of dy `stride` apart.
    func multiplyTransposed(
        _ dy: UnsafePointer<Float>, count: Int, stride: Int, into dx: UnsafeMutablePointer<Float>, beta: Float
    ) {
        switch storage {
        case .float32(let tensor):
            BLAS.multiplyInParallel(
                .plain(dy, stride: stride), .plain(tensor.pointer, stride: columns), into: dx, stride: columns,
                m: count, n: columns, k: rows, beta: beta)
        case .bfloat16(let pointer, _):
            // A thread takes some columns of dx, so that threads never add to the same place.
            Parallel.ranges(columns, grain: Self.smallestPart(rows * count)) { part in
                forEachBlock(of: 0..<rows, width: part.count) { block, scratch in
                    for (index, row) in block.enumerated() {
                        HalfPrecision.readBFloat16(
                            pointer + row * columns + part.lowerBound, count: part.count,
                            into: scratch + index * part.count)
                    }
                    BLAS.multiply(
                        .plain(dy + block.lowerBound, stride: stride), .plain(scratch, stride: part.count),
                        into: dx + part.lowerBound, stride: columns, m: count, n: part.count, k: block.count,
                        beta: block.lowerBound == 0 ? beta : 1)
                }
            }
        }
    }

    private static func smallestPart(_ multiplyAdds: Int) -> Int { max(1, 200_000 / max(1, multiplyAdds)) }

    private func forEachBlock(
        of range: Range<Int>, width: Int, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
    ) {
        let size = min(range.count, max(64, Self.blockSize / max(1, width) / 64 * 64))
        let scratch = Buffer(count: size * width)
        for first in stride(from: range.lowerBound, to: range.upperBound, by: max(1, size)) {
            body(first..<min(first + size, range.upperBound), scratch.pointer)
        }
    }
}

/// A linear layer of the model: what is multiplied, added, and learnt on top.
struct LinearLayer {
    let weight: WeightMatrix
    var bias: Tensor?
    var adapters: [LowRankAdapter] = []
}
