import Foundation
import ModelCore
import ServiceKit

/// Forest attention beside the plain loop over each row's path.
enum AttentionBenchmark {
    private static let shape = AttentionShape(heads: 4, keyValueHeads: 2, width: 32)

    static func table(repeats: Int) throws -> TextTable {
        var table = TextTable([
            .init("forest"), .init("tokens", .trailing), .init("pairs of tokens", .trailing),
            .init("forward", .trailing),
            .init("forward and backward", .trailing), .init("GFLOP/s forward", .trailing),
            .init("naive forward", .trailing),
            .init("faster than naive", .trailing),
        ])
        for (name, forest) in forests {
            let layout = ForestLayout(forest)
            let values = RandomValues.make(forest.tokenCount * shape.fusedWidth, seed: 3)
            let fused = try Tensor(values, shape: [forest.tokenCount, shape.fusedWidth], requiresGradient: true)
            let ones = [Float](repeating: 1, count: forest.tokenCount * shape.heads * shape.width)
            let visible = visibleRows(forest)
            let times = try Measurement.interleaved(
                [
                    { _ = try Tape(recording: false).forestAttention(fused, layout: layout, shape: shape) },
                    {
                        let tape = Tape(recording: true)
                        let attended = try tape.forestAttention(fused, layout: layout, shape: shape)
                        try tape.backward(from: attended, gradient: ones)
                    },
                    { _ = naive(values, visible: visible) },
                ], repeats: repeats)
            let pairs = visible.reduce(0) { $0 + $1.count }
            let operations = 4 * Double(pairs * shape.heads * shape.width)
            table.add([
                name, forest.tokenCount.brief, pairs.brief, times[0].asTime, times[1].asTime,
                (operations / times[0] / 1e9).brief, times[2].asTime, (times[2] / times[0]).asRatio,
            ])
        }
        return table
    }

    private static var forests: [(String, TokenForest)] {
        var sequences = TokenForest()
        for _ in 0..<4 { sequences.add([TokenID](repeating: 1, count: 512)) }
        var trajectory = TokenForest()
        var trunk = trajectory.add([TokenID](repeating: 1, count: 256))
        for _ in 0..<4 {
            for _ in 0..<8 { trajectory.add([TokenID](repeating: 1, count: 64), parent: trunk) }
            trunk = trajectory.add([TokenID](repeating: 1, count: 64), parent: trunk)
        }
        return [("4 sequences of 512", sequences), ("a trajectory, 4 x 8 rollouts", trajectory)]
    }

    /// For each row of the forest the rows that it attends to, itself last.
    private static func visibleRows(_ forest: TokenForest) -> [[Int]] {
        var paths: [[Int]] = []
        var visible: [[Int]] = []
        for segment in forest.segments {
            var path = segment.parent.map { paths[$0] } ?? []
            for row in segment.firstRow..<segment.firstRow + segment.tokens.count {
                path.append(row)
                visible.append(path)
            }
            paths.append(path)
        }
        return visible
    }

    /// softmax(q k / sqrt(width)) v, row by row and head by head.
    private static func naive(_ fused: [Float], visible: [[Int]]) -> [Float] {
        let (width, stride, group) = (shape.width, shape.fusedWidth, shape.heads / shape.keyValueHeads)
        let scale = 1 / Float(width).squareRoot()
        var output = [Float](repeating: 0, count: visible.count * shape.heads * width)
        for (row, seen) in visible.enumerated() {
            for head in 0..<shape.heads {
                let query = row * stride + head * width
                let key = (shape.heads + head / group) * width
                let value = (shape.heads + shape.keyValueHeads + head / group) * width
                var scores = [Float](repeating: 0, count: seen.count)
                for (index, other) in seen.enumerated() {
                    var score: Float = 0
                    for d in 0..<width { score += fused[query + d] * fused[other * stride + key + d] }
                    scores[index] = score * scale
                }
                let top = scores.max() ?? 0
                var sum: Float = 0
                for index in scores.indices {
                    scores[index] = exp(scores[index] - top)
                    sum += scores[index]
                }
                let place = (row * shape.heads + head) * width
                for (index, other) in seen.enumerated() {
                    let share = scores[index] / sum
                    for d in 0..<width { output[place + d] += share * fused[other * stride + value + d] }
                }
            }
        }
        return output
    }
}
