import CKernels

/// A linear layer's weight in the order in which decoding reads it, packed once for each version of the weights.
///
/// Each element of the product is one chain of multiply-adds in a fixed order, whatever the number of rows: a rollout is the same
/// alone and in a batch, bit for bit. OpenBLAS chooses its kernels by shape and does not promise that.
struct PackedLinear {
    let input: Int
    let output: Int
    private let packed: Buffer
    private let bias: Tensor?
    private let adapters: [PackedAdapter]

    init(_ layer: LinearLayer) {
        let weight = layer.weight
        (output, input) = (weight.rows, weight.columns)
        bias = layer.bias
        adapters = layer.adapters.map(PackedAdapter.init)
        packed = Buffer(count: (output + 31) / 32 * 32 * input)
        if let tensor = weight.tensor {
            stepwise_pack(tensor.pointer, output, input, packed.pointer)
        } else {
            // A panel of 32 outputs at a time.
            let wide = Buffer(count: 32 * input)
            for first in stride(from: 0, to: output, by: 32) {
                let rows = first..<min(first + 32, output)
                weight.copy(rows, into: wide.pointer)
                stepwise_pack(wide.pointer, rows.count, input, packed.pointer + first * input)
            }
        }
    }

    /// y [rows, output] = x [rows, input] * weight^T + bias, and what the adapters add.
    func apply(_ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>) {
        stepwise_matmul(
            x, input, packed.pointer, bias.map { UnsafePointer($0.pointer) }, y, output, rows, output, input)
        for adapter in adapters { adapter.add(x, rows: rows, to: y, stride: output) }
    }
}

/// A low-rank adapter as decoding reads it.
private struct PackedAdapter {
    let input: Int
    let rank: Int
    let outputs: Range<Int>
    let scale: Float
    private let down: Buffer
    private let up: Buffer

    init(_ adapter: LowRankAdapter) {
        (input, rank, outputs, scale) = (adapter.down.columns, adapter.rank, adapter.outputs, adapter.scale)
        down = Buffer(count: (rank + 31) / 32 * 32 * input)
        up = Buffer(count: (outputs.count + 31) / 32 * 32 * rank)
        stepwise_pack(adapter.down.pointer, rank, input, down.pointer)
        stepwise_pack(adapter.up.pointer, outputs.count, rank, up.pointer)
    }

    /// Adds scale * x A^T B^T to the adapter's columns of y.
    func add(_ x: UnsafePointer<Float>, rows: Int, to y: UnsafeMutablePointer<Float>, stride: Int) {
        let narrow = Buffer(count: rows * rank)
        let wide = Buffer(count: rows * outputs.count)
        stepwise_matmul(x, input, down.pointer, nil, narrow.pointer, rank, rows, rank, input)
        stepwise_matmul(narrow.pointer, rank, up.pointer, nil, wide.pointer, outputs.count, rows, outputs.count, rank)
        for row in 0..<rows {
            stepwise_axpy(
                scale, wide.pointer + row * outputs.count, y + row * stride + outputs.lowerBound, outputs.count)
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
    let gateUp: PackedLinear
    let down: PackedLinear

    init(_ layer: TransformerLayer) {
        inputNorm = layer.inputNorm
        queryKeyValue = PackedLinear(layer.queryKeyValue)
        queryNorm = layer.queryNorm
        keyNorm = layer.keyNorm
        output = PackedLinear(layer.output)
        postAttentionNorm = layer.postAttentionNorm
        gateUp = PackedLinear(layer.gateUp)
        down = PackedLinear(layer.down)
    }
}
