import CKernels

/// How decoding holds weights.
public enum DecodingWeights: String, Sendable, CaseIterable {
    /// As they are: in BFloat16 where that loses nothing, as in a model fresh from a BFloat16 checkpoint, else in Float32.
    case exact
    /// Rounded to BFloat16. Decoding reads half as much, and its log-probabilities differ a little from training's.
    case bfloat16
}

/// A linear layer's weight in the order in which decoding reads it, packed once for each version of the weights.
///
/// Each element of the product is one chain of multiply-adds in a fixed order, whatever the number of rows: a rollout is the same
/// alone and in a batch, bit for bit. OpenBLAS chooses its kernels by shape and does not promise that.
struct PackedLinear {
    let input: Int
    let output: Int
    let isHalf: Bool
    private let packed: Buffer
    private let bias: UnsafePointer<Float>?
    private let biasOwner: Tensor?

    /// - Parameter rows: the outputs that are packed; all unless given.
    init(weight: Tensor, bias: Tensor? = nil, rows: Range<Int>? = nil, weights: DecodingWeights) {
        let rows = rows ?? 0..<weight.rows
        (output, input) = (rows.count, weight.columns)
        self.bias = bias.map { UnsafePointer($0.pointer + rows.lowerBound) }
        biasOwner = bias
        let source = weight.pointer + rows.lowerBound * input
        let panels = (output + 31) / 32
        isHalf = weights == .bfloat16 || stepwise_is_bf16(source, output * input) != 0
        packed = Buffer(count: panels * 32 * input / (isHalf ? 2 : 1))
        let (packed, input, output, isHalf) = (packed.pointer, input, output, isHalf)
        let parts = min(panels, Parallel.threadCount)
        let scratch = isHalf ? (0..<parts).map { _ in Buffer(count: 32 * input) } : []
        Parallel.run(parts) { part in
            for panel in panels * part / parts..<panels * (part + 1) / parts {
                let count = min(32, output - panel * 32)
                if isHalf {
                    stepwise_pack(source + panel * 32 * input, count, input, scratch[part].pointer)
                    stepwise_pack_bf16(scratch[part].pointer, 32 * input, packed + panel * 16 * input)
                } else {
                    stepwise_pack(source + panel * 32 * input, count, input, packed + panel * 32 * input)
                }
            }
        }
    }

    /// y [rows, output] = x [rows, input] * weight^T + bias (+ y), for the columns of a part of the panels; y's rows lie `stride` apart.
    func apply(
        _ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>, stride: Int, columns: Range<Int>,
        accumulate: Bool = false
    ) {
        stepwise_matmul(
            x, input, packed.pointer + columns.lowerBound * input / (isHalf ? 2 : 1), isHalf ? 1 : 0,
            bias.map { $0 + columns.lowerBound }, y + columns.lowerBound, stride, rows, columns.count, input,
            accumulate ? 1 : 0)
    }

    /// The same for all columns, on all cores.
    func applyInParallel(
        _ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>, accumulate: Bool = false
    ) {
        forEachPart(rows: rows) { columns in
            apply(x, rows: rows, into: y, stride: output, columns: columns, accumulate: accumulate)
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

    init(_ layer: TransformerLayer, weights: DecodingWeights) {
        inputNorm = layer.inputNorm
        queryKeyValue = PackedLinear(weight: layer.queryKeyValue, bias: layer.queryKeyValueBias, weights: weights)
        queryNorm = layer.queryNorm
        keyNorm = layer.keyNorm
        output = PackedLinear(weight: layer.output, bias: layer.outputBias, weights: weights)
        postAttentionNorm = layer.postAttentionNorm
        let inner = layer.gateUp.rows / 2
        gate = PackedLinear(weight: layer.gateUp, bias: layer.gateUpBias, rows: 0..<inner, weights: weights)
        up = PackedLinear(weight: layer.gateUp, bias: layer.gateUpBias, rows: inner..<2 * inner, weights: weights)
        down = PackedLinear(weight: layer.down, bias: layer.downBias, weights: weights)
    }
}
