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
        Report.begin("Kernels", repeats: common.repeats)
        try Report.table("Products x [rows, in] * weight [out, in]^T, GFLOP/s", products())
        try Report.table(
            "Attention, 4 heads of 32 over 2 key-value heads", AttentionBenchmark.table(repeats: common.repeats))
        Report.table("Vector loops, one thread", VectorBenchmark.table(repeats: common.repeats))
    }

    /// What training calls (OpenBLAS, one thread and all) beside what decoding calls, whose results do not depend on the batch.
    private func products() throws -> TextTable {
        var table = TextTable([
            .init("layer"), .init("rows", .trailing), .init("in", .trailing), .init("out", .trailing),
            .init("OpenBLAS, all cores", .trailing), .init("OpenBLAS, 1 thread", .trailing),
            .init("packed, 1 thread", .trailing), .init("packed / OpenBLAS, 1 thread", .trailing),
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
            let threads = BLAS.threads
            let times = Measurement.interleavedShort(
                [
                    { product.linear() },
                    {
                        BLAS.setThreads(1)
                        product.linear()
                        BLAS.setThreads(threads)
                    },
                    { product.packed() },
                ], repeats: common.repeats)
            let operations = 2 * Double(rows * input * output)
            table.add(
                [name, "\(rows)", "\(input)", "\(output)"] + times.map { (operations / $0 / 1e9).brief }
                    + [(times[1] / times[2]).asRatio])
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

/// Reproducible numbers in [-1, 1).
enum RandomValues {
    static func make(_ count: Int, seed: UInt64) -> [Float] {
        var random = RandomGenerator(seed: seed)
        return (0..<count).map { _ in 2 * random.nextUniform() - 1 }
    }
}
