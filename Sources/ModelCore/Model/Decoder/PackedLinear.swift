import CKernels

/// A linear layer's weight in the order in which decoding reads it, packed once for each version of the weights: in BFloat16 where that
/// loses nothing, as in a model fresh from a BFloat16 checkpoint, else in Float32.
///
/// Each element of the product is one chain of multiply-adds in a fixed order, whatever the number of rows: a rollout is the same
/// alone and in a batch, bit for bit. OpenBLAS chooses its kernels by shape and does not promise that.
struct PackedLinear {
    let input: Int
    let output: Int
    private let isHalf: Bool
    /// Whether the weights must be rounded to be halves.
    private let isRounded: Bool
    private let packed: Buffer
    private let bias: UnsafePointer<Float>?
    private let biasOwner: Tensor?
    private let adapters: [PackedAdapter]

    /// - Parameters:
    ///   - outputs: those that are packed, one of several projections that the layer computes as one; all unless given.
    ///   - precision: BFloat16 where the weights are rounded to it; Float32 where they are packed without loss.
    init(_ layer: LinearLayer, outputs: Range<Int>? = nil, precision: WeightPrecision = .float32) {
        let weight = layer.weight
        let outputs = outputs ?? 0..<weight.rows
        (output, input) = (outputs.count, weight.columns)
        bias = layer.bias.map { UnsafePointer($0.pointer + outputs.lowerBound) }
        biasOwner = layer.bias
        adapters = layer.adapters.filter { $0.outputs.overlaps(outputs) }.map {
            PackedAdapter($0, firstOutput: $0.outputs.lowerBound - outputs.lowerBound)
        }
        let isExact =
            if let tensor = weight.tensor {
                stepwise_is_bf16(tensor.pointer + outputs.lowerBound * input, outputs.count * input) != 0
            } else { true }
        isRounded = !isExact && precision == .bfloat16
        isHalf = isExact || isRounded
        let panels = (output + 31) / 32
        packed = Buffer(count: panels * 32 * input / (isHalf ? 2 : 1))
        pack(weight, outputs)
    }

    private func pack(_ weight: WeightMatrix, _ outputs: Range<Int>) {
        let panels = (output + 31) / 32
        let parts = min(panels, Parallel.threadCount)
        let scratch = (0..<parts).map { _ in Buffer(count: 64 * input) }
        Parallel.run(parts) { part in
            let (rows, panelRoom) = (scratch[part].pointer, scratch[part].pointer + 32 * input)
            for panel in panels * part / parts..<panels * (part + 1) / parts {
                let own =
                    outputs.lowerBound + panel * 32..<min(outputs.lowerBound + panel * 32 + 32, outputs.upperBound)
                weight.copy(own, into: rows)
                if isRounded { HalfPrecision.roundToBFloat16(rows, count: own.count * input) }
                if isHalf {
                    stepwise_pack(rows, own.count, input, panelRoom)
                    stepwise_pack_bf16(panelRoom, 32 * input, packed.pointer + panel * 16 * input)
                } else {
                    stepwise_pack(rows, own.count, input, packed.pointer + panel * 32 * input)
                }
            }
        }
    }

    var hasAdapters: Bool { !adapters.isEmpty }

    /// y [rows, output] = x [rows, input] * weight^T + bias (+ y), for the columns of a part of the panels, without the adapters.
    func apply(
        _ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>, columns: Range<Int>,
        accumulate: Bool = false
    ) {
        stepwise_matmul(
            x, input, packed.pointer + columns.lowerBound * input / (isHalf ? 2 : 1), isHalf ? 1 : 0,
            bias.map { $0 + columns.lowerBound }, y + columns.lowerBound, output, rows, columns.count, input,
            accumulate ? 1 : 0)
    }

    /// The same for all columns, on all cores, and what the adapters add.
    func applyInParallel(
        _ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>, accumulate: Bool = false
    ) {
        forEachPart(rows: rows) { columns in
            apply(x, rows: rows, into: y, columns: columns, accumulate: accumulate)
        }
        guard hasAdapters else { return }
        Parallel.ranges(rows, grain: 8) { range in
            for adapter in adapters {
                adapter.add(
                    x + range.lowerBound * input, rows: range.count, to: y + range.lowerBound * output, stride: output)
            }
        }
    }

    /// Columns in parts of whole panels, at the same time where that pays. Whoever streams a weight from memory streams another part of it.
    func forEachPart(rows: Int, _ body: (Range<Int>) -> Void) {
        let panels = (output + 31) / 32
        let threads = Parallel.threadCount
        // A thread of its own pays from some 50,000 weights or 200,000 multiply-adds on.
        let worth = max(input * output / 50_000, rows * input * output / 200_000)
        let parts = max(1, min(panels, min(worth, rows >= 64 ? 4 * threads : threads)))
        Parallel.run(parts) { part in
            body(min(output, panels * part / parts * 32)..<min(output, panels * (part + 1) / parts * 32))
        }
    }
}

/// A low-rank adapter as decoding reads it.
private struct PackedAdapter {
    let input: Int
    let rank: Int
    let outputCount: Int
    /// Where its outputs begin among the layer's.
    let firstOutput: Int
    let scale: Float
    private let down: Buffer
    private let up: Buffer

    init(_ adapter: LowRankAdapter, firstOutput: Int) {
        (input, rank, scale) = (adapter.down.columns, adapter.rank, adapter.scale)
        (outputCount, self.firstOutput) = (adapter.outputs.count, firstOutput)
        down = Buffer(count: (rank + 31) / 32 * 32 * input)
        up = Buffer(count: (outputCount + 31) / 32 * 32 * rank)
        stepwise_pack(adapter.down.pointer, rank, input, down.pointer)
        stepwise_pack(adapter.up.pointer, outputCount, rank, up.pointer)
    }

    /// Adds scale * x A^T B^T to the adapter's columns of y.
    func add(_ x: UnsafePointer<Float>, rows: Int, to y: UnsafeMutablePointer<Float>, stride: Int) {
        let narrow = Buffer(count: rows * rank)
        let wide = Buffer(count: rows * outputCount)
        stepwise_matmul(x, input, down.pointer, 0, nil, narrow.pointer, rank, rows, rank, input, 0)
        stepwise_matmul(narrow.pointer, rank, up.pointer, 0, nil, wide.pointer, outputCount, rows, outputCount, rank, 0)
        for row in 0..<rows {
            stepwise_axpy(scale, wide.pointer + row * outputCount, y + row * stride + firstOutput, outputCount)
        }
    }
}

/// A layer's weights as decoding reads them.
struct PackedLayer {
    let inputNorm: Tensor
    let queryKeyValue: PackedLinear
    let queryNorm: Tensor?
    let keyNorm: Tensor?
    let output: PackedLinear
    let postAttentionNorm: Tensor
    let gate: PackedLinear
    let up: PackedLinear
    let down: PackedLinear

    init(_ layer: TransformerLayer, precision: WeightPrecision) {
        inputNorm = layer.inputNorm
        queryKeyValue = PackedLinear(layer.queryKeyValue, precision: precision)
        queryNorm = layer.queryNorm
        keyNorm = layer.keyNorm
        output = PackedLinear(layer.output, precision: precision)
        postAttentionNorm = layer.postAttentionNorm
        let inner = layer.gateUp.weight.rows / 2
        gate = PackedLinear(layer.gateUp, outputs: 0..<inner, precision: precision)
        up = PackedLinear(layer.gateUp, outputs: inner..<2 * inner, precision: precision)
        down = PackedLinear(layer.down, precision: precision)
    }
}
