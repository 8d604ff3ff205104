import ArgumentParser
import CKernels
import ModelCore
import ServiceKit

/// `stepwise-benchmark kernels`: matrix products, attention and vector loops.
struct KernelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Matrix products in the model's shapes; attention and vector loops beside naive ones.",
        discussion: "The naive ones are plain Swift loops of the same mathematics, compiled with the same options.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        Report.begin("Kernels", repeats: common.repeats, notes: ["OpenBLAS: its kernels of \(OpenBLASProduct.core)"])
        try Report.table("Products x [rows, in] * weight [out, in]^T, GFLOP/s", products())
        try Report.table(
            "Attention, 4 heads of 32 over 2 key-value heads", AttentionBenchmark.table(repeats: common.repeats))
        Report.table("Vector loops, one thread", VectorBenchmark.table(repeats: common.repeats))
    }

    /// What training calls, on all cores, and what decoding calls, on one, each beside OpenBLAS. A decoded row does not depend on the batch.
    private func products() throws -> TextTable {
        var table = TextTable([
            .init("layer"), .init("rows", .trailing), .init("in", .trailing), .init("out", .trailing),
            .init("OpenBLAS, all cores", .trailing), .init("training", .trailing), .init("faster", .trailing),
            .init("OpenBLAS, 1 thread", .trailing), .init("decoding", .trailing), .init("faster", .trailing),
        ])
        let layers = [
            ("query, key, value", 128, 256), ("gate and up", 128, 704), ("down", 352, 128), ("output", 128, 264),
        ]
        var shapes = layers.flatMap { name, input, output in
            [1, 8, 32, 256, 2048].map { (name, rows: $0, input, output) }
        }
        shapes += [("SmolLM2's up", 512, 576, 1536), ("square", 1024, 1024, 1024)]
        for (name, rows, input, output) in shapes {
            let product = try PackedProduct(rows: rows, input: input, output: output)
            let peer = OpenBLASProduct(rows: rows, input: input, output: output)
            let times = Measurement.interleavedShort(
                [{ peer.run() }, { product.linear() }, { peer.run(threads: 1) }, { product.packed() }],
                repeats: common.repeats)
            let rates = times.map { (peer.operations / $0 / 1e9).brief }
            table.add(
                [name, "\(rows)", "\(input)", "\(output)", rates[0], rates[1], (times[0] / times[1]).asRatio]
                    + [rates[2], rates[3], (times[2] / times[3]).asRatio])
        }
        return table
    }
}

/// One product by both ways.
private struct PackedProduct {
    private let x: Tensor
    private let weight: Tensor
    private let packedWeight: Buffer
    private let result: Buffer
    private let shape: (rows: Int, input: Int, output: Int)

    init(rows: Int, input: Int, output: Int) throws {
        shape = (rows, input, output)
        x = try Tensor(RandomValues.make(rows * input, seed: 1), shape: [rows, input])
        weight = try Tensor(RandomValues.make(output * input, seed: 2), shape: [output, input])
        packedWeight = Buffer(count: (output + 31) / 32 * 32 * input)
        result = Buffer(count: rows * output)
        stepwise_pack(weight.buffer.pointer, output, input, packedWeight.pointer)
    }

    func linear() {
        do { _ = try Tape(recording: false).linear(x, weight: weight) } catch { preconditionFailure("\(error)") }
    }

    func packed() {
        stepwise_matmul(
            x.buffer.pointer, shape.input, packedWeight.pointer, 0, nil, result.pointer, shape.output, shape.rows,
            shape.output, shape.input, 0)
    }
}
