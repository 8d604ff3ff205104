import CKernels
import Testing

/// Products against sums in double precision, on every instruction set of the processor.
@Suite struct ProductTests {
    struct Shape: CustomStringConvertible {
        let (m, n, k): (Int, Int, Int)
        init(_ m: Int, _ n: Int, _ k: Int) { (self.m, self.n, self.k) = (m, n, k) }
        var description: String { "\(m) x \(n) x \(k)" }
    }

    /// Edges of tiles (12 rows, 32 columns) and of blocks (192 rows, 1,536 columns, 640 deep).
    static let shapes = [
        Shape(1, 1, 1), Shape(1, 33, 5), Shape(3, 31, 17), Shape(12, 32, 16), Shape(13, 65, 40), Shape(25, 7, 700),
        Shape(200, 40, 33), Shape(5, 1600, 9), Shape(205, 70, 1300),
    ]

    /// a [m, k] * b [k, n] (+ c), in double precision.
    private static func product(_ a: [Float], _ b: [Float], _ shape: Shape, adding c: [Float]? = nil) -> [Double] {
        var result = c.map { $0.map(Double.init) } ?? [Double](repeating: 0, count: shape.m * shape.n)
        for i in 0..<shape.m {
            for p in 0..<shape.k {
                let x = Double(a[i * shape.k + p])
                for j in 0..<shape.n { result[i * shape.n + j] += x * Double(b[p * shape.n + j]) }
            }
        }
        return result
    }

    private static func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
        (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } }
    }

    @Test(arguments: shapes, InstructionSets.available)
    func gemm(shape: Shape, level: Int) {
        let (a, b) = (randomValues(shape.m * shape.k, seed: 1), randomValues(shape.k * shape.n, seed: 2))
        let start = randomValues(shape.m * shape.n, seed: 3)
        let aTransposed = Self.transposed(a, rows: shape.m, columns: shape.k)
        let bTransposed = Self.transposed(b, rows: shape.k, columns: shape.n)
        for accumulates in [false, true] {
            let expected = Self.product(a, b, shape, adding: accumulates ? start : nil)
            for (flipA, flipB) in [(false, false), (true, false), (false, true), (true, true)] {
                var c = start
                InstructionSets.with(level) {
                    stepwise_gemm(
                        flipA ? aTransposed : a, flipA ? shape.m : shape.k, flipA ? 1 : 0, flipB ? bTransposed : b,
                        flipB ? shape.k : shape.n, flipB ? 1 : 0, &c, shape.n, shape.m, shape.n, shape.k,
                        accumulates ? 1 : 0)
                }
                #expect(
                    largestDifference(c, expected) < 1e-5 * Double(shape.k).squareRoot() + 1e-6,
                    "transposed \(flipA), \(flipB), adding \(accumulates)")
            }
        }
    }

    /// Rows between those of c are not touched.
    @Test(arguments: InstructionSets.available)
    func gemmWritesOnlyItsColumns(level: Int) {
        let shape = Shape(14, 35, 20)
        let (a, b) = (randomValues(shape.m * shape.k, seed: 4), randomValues(shape.k * shape.n, seed: 5))
        let stride = shape.n + 5
        var c = [Float](repeating: 7, count: shape.m * stride)
        InstructionSets.with(level) {
            stepwise_gemm(a, shape.k, 0, b, shape.n, 0, &c, stride, shape.m, shape.n, shape.k, 0)
        }
        for row in 0..<shape.m {
            #expect(c[row * stride + shape.n..<(row + 1) * stride].allSatisfy { $0 == 7 })
        }
    }

    @Test(arguments: [(1, 64), (2, 96), (3, 33), (5, 31), (12, 128), (29, 200), (400, 40)], InstructionSets.available)
    func packedProduct(size: (rows: Int, outputs: Int), level: Int) {
        let shape = Shape(size.rows, size.outputs, 72)
        let x = randomValues(shape.m * shape.k, seed: 6)
        let (bias, start) = (randomValues(shape.n, seed: 7), randomValues(shape.m * shape.n, seed: 8))
        for isHalf in [false, true] {
            var weight = randomValues(shape.n * shape.k, seed: 9)
            // Numbers that BFloat16 holds, so that both precisions must give the same.
            for index in weight.indices { weight[index] = Float(bitPattern: weight[index].bitPattern & 0xFFFF_0000) }
            #expect(stepwise_is_bf16(weight, weight.count) == 1)
            let product = Self.product(
                x, Self.transposed(weight, rows: shape.n, columns: shape.k), shape, adding: start)
            var y = start
            InstructionSets.with(level) {
                let packed = Self.pack(weight, shape, isHalf: isHalf)
                stepwise_matmul(
                    x, shape.k, packed, isHalf ? 1 : 0, bias, &y, shape.n, shape.m, shape.n, shape.k, 1)
            }
            let expected = product.enumerated().map { $1 + Double(bias[$0 % shape.n]) }
            #expect(largestDifference(y, expected) < 2e-5, "BFloat16: \(isHalf)")
        }
    }

    private static func pack(_ weight: [Float], _ shape: Shape, isHalf: Bool) -> [Float] {
        let count = (shape.n + 31) / 32 * 32 * shape.k
        var panels = [Float](repeating: 0, count: count)
        stepwise_pack(weight, shape.n, shape.k, &panels)
        guard isHalf else { return panels }
        var half = [Float](repeating: 0, count: count / 2)
        stepwise_pack_bf16(panels, count, &half)
        return half
    }

    /// A rollout is the same alone and among others: a row's result has the same bits whatever rows are beside it.
    @Test(arguments: InstructionSets.available)
    func aRowDoesNotDependOnTheOthers(level: Int) {
        let shape = Shape(41, 100, 70)
        let (x, weight) = (
            randomValues(shape.m * shape.k, seed: 10), randomValues(shape.n * shape.k, seed: 11)
        )
        InstructionSets.with(level) {
            let packed = Self.pack(weight, shape, isHalf: false)
            var together = [Float](repeating: 0, count: shape.m * shape.n)
            stepwise_matmul(x, shape.k, packed, 0, nil, &together, shape.n, shape.m, shape.n, shape.k, 0)
            for row in 0..<shape.m {
                for count in [1, 2, 3, 9] where row + count <= shape.m {
                    var some = [Float](repeating: 0, count: count * shape.n)
                    stepwise_matmul(
                        Array(x[row * shape.k..<(row + count) * shape.k]), shape.k, packed, 0, nil, &some, shape.n,
                        count, shape.n, shape.k, 0)
                    #expect(some[..<shape.n] == together[row * shape.n..<(row + 1) * shape.n])
                }
            }
        }
    }

    @Test func roundsToTheNearestBFloat16() {
        var panels = [Float](repeating: 0, count: 32)
        // 1 + 2^-8 lies half-way and goes to the even neighbour 1, 1 + 3 * 2^-8 to 1 + 2^-6.
        (panels[0], panels[1], panels[16]) = (1 + 1.0 / 256, 1 + 3.0 / 256, -2.5)
        var half = [Float](repeating: 0, count: 16)
        stepwise_pack_bf16(panels, 32, &half)
        #expect(half[0].bitPattern == 0xC020_3F80)
        #expect(half[1].bitPattern == 0x3F82)
        #expect(stepwise_is_bf16(panels, 32) == 0)
    }
}
