import CKernels
import Foundation
import ModelCore
import ServiceKit

/// The vector loops of CKernels beside plain Swift loops.
enum VectorBenchmark {
    private typealias Pointer = UnsafeMutablePointer<Float>

    /// Rows of d = 128 and of gate and up = 704, as the embedded model has them; all in the second-level cache.
    private static let (rows, width, inner) = (256, 128, 352)

    static func table(repeats: Int) -> TextTable {
        var table = TextTable([
            .init("loop"), .init("values", .trailing), .init("time", .trailing), .init("naive", .trailing),
            .init("faster", .trailing),
        ])
        for (name, count, ours, naive) in cases() {
            let times = Measurement.interleavedShort([ours, naive], repeats: repeats)
            table.add([name, count.brief, times[0].asTime, times[1].asTime, (times[1] / times[0]).asRatio])
        }
        return table
    }

    private static func buffer(_ count: Int, seed: UInt64) -> Buffer {
        let buffer = Buffer(count: count)
        buffer.pointer.update(from: RandomValues.make(count, seed: seed), count: count)
        return buffer
    }

    private static func cases() -> [(name: String, count: Int, ours: () -> Void, naive: () -> Void)] {
        let count = rows * width
        let (x, y, out) = (buffer(count, seed: 1), buffer(count, seed: 2), buffer(count, seed: 3))
        let weight = buffer(width, seed: 4)
        let (gateUp, gated) = (buffer(rows * 2 * inner, seed: 5), buffer(rows * inner, seed: 6))
        let (first, second) = (Buffer.zeros(count), Buffer.zeros(count))
        let (cosine, sine) = (buffer(16, seed: 7), buffer(16, seed: 8))
        return [
            (
                "rms_norm", count,
                { stepwise_rms_norm(x.pointer, weight.pointer, 1e-5, out.pointer, nil, rows, width) },
                { rmsNorm(x.pointer, weight.pointer, out.pointer) }
            ),
            (
                "swiglu", rows * inner,
                {
                    for row in 0..<rows {
                        let gate = gateUp.pointer + 2 * row * inner
                        stepwise_swiglu(gate, gate + inner, gated.pointer + row * inner, inner)
                    }
                },
                { swiGLU(gateUp.pointer, gated.pointer) }
            ),
            (
                "softmax's exp and sum", count,
                {
                    out.pointer.update(from: x.pointer, count: count)
                    _ = stepwise_exp_sum(out.pointer, count, 1)
                },
                {
                    out.pointer.update(from: x.pointer, count: count)
                    _ = expSum(out.pointer, count, 1)
                }
            ),
            (
                "max", count, { _ = stepwise_max(x.pointer, count) },
                { withExtendedLifetime(maximum(x.pointer, count)) {} }
            ),
            (
                "dot", count, { _ = stepwise_dot(x.pointer, y.pointer, count) },
                { withExtendedLifetime(dot(x.pointer, y.pointer, count)) {} }
            ),
            (
                "rotate", count,
                {
                    for row in 0..<rows {
                        stepwise_rotate(out.pointer + row * width, cosine.pointer, sine.pointer, 4, 32, 1)
                    }
                },
                { for row in 0..<rows { rotate(out.pointer + row * width, cosine.pointer, sine.pointer) } }
            ),
            (
                "adamw", count,
                {
                    stepwise_adamw(
                        y.pointer, x.pointer, first.pointer, second.pointer, count, 1e-8, 0.9, 0.95, 1e-8, 0, 0.5, 0.5)
                },
                { adamW(y.pointer, x.pointer, first.pointer, second.pointer, count) }
            ),
        ]
    }

    // MARK: Naive

    private static func rmsNorm(_ x: Pointer, _ weight: Pointer, _ out: Pointer) {
        for row in 0..<rows {
            var sum: Float = 0
            for i in 0..<width { sum += x[row * width + i] * x[row * width + i] }
            let inverse = 1 / (sum / Float(width) + 1e-5).squareRoot()
            for i in 0..<width { out[row * width + i] = x[row * width + i] * inverse * weight[i] }
        }
    }

    private static func swiGLU(_ gateUp: Pointer, _ out: Pointer) {
        for row in 0..<rows {
            for i in 0..<inner {
                let gate = gateUp[row * 2 * inner + i]
                out[row * inner + i] = gate / (1 + exp(-gate)) * gateUp[row * 2 * inner + inner + i]
            }
        }
    }

    private static func expSum(_ x: Pointer, _ count: Int, _ shift: Float) -> Float {
        var sum: Float = 0
        for i in 0..<count {
            x[i] = exp(x[i] - shift)
            sum += x[i]
        }
        return sum
    }

    @inline(never) private static func maximum(_ x: Pointer, _ count: Int) -> Float {
        var top = x[0]
        for i in 1..<count where x[i] > top { top = x[i] }
        return top
    }

    @inline(never) private static func dot(_ x: Pointer, _ y: Pointer, _ count: Int) -> Float {
        var sum: Float = 0
        for i in 0..<count { sum += x[i] * y[i] }
        return sum
    }

    private static func rotate(_ x: Pointer, _ cosine: Pointer, _ sine: Pointer) {
        for head in 0..<4 {
            for i in 0..<16 {
                let (first, second) = (x[head * 32 + i], x[head * 32 + 16 + i])
                x[head * 32 + i] = first * cosine[i] - second * sine[i]
                x[head * 32 + 16 + i] = second * cosine[i] + first * sine[i]
            }
        }
    }

    private static func adamW(
        _ values: Pointer, _ gradients: Pointer, _ first: Pointer, _ second: Pointer, _ count: Int
    ) {
        for i in 0..<count {
            first[i] = 0.9 * first[i] + 0.1 * gradients[i]
            second[i] = 0.95 * second[i] + 0.05 * gradients[i] * gradients[i]
            values[i] -= 1e-8 * (first[i] / 0.5) / ((second[i] / 0.5).squareRoot() + 1e-8)
        }
    }
}
