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

    init(weight: Tensor, bias: Tensor? = nil) {
        (output, input) = (weight.rows, weight.columns)
        packed = Buffer(count: (output + 31) / 32 * 32 * input)
        self.bias = bias
        stepwise_pack(weight.pointer, output, input, packed.pointer)
    }

    /// y [rows, output] = x [rows, input] * weight^T + bias.
    func apply(_ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>) {
        stepwise_matmul(
            x, input, packed.pointer, bias.map { UnsafePointer($0.pointer) }, y, output, rows, output, input)
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
        queryKeyValue = PackedLinear(weight: layer.queryKeyValue, bias: layer.queryKeyValueBias)
        queryNorm = layer.queryNorm
        keyNorm = layer.keyNorm
        output = PackedLinear(weight: layer.output, bias: layer.outputBias)
        postAttentionNorm = layer.postAttentionNorm
        gateUp = PackedLinear(weight: layer.gateUp, bias: layer.gateUpBias)
        down = PackedLinear(weight: layer.down, bias: layer.downBias)
    }
}
