import CKernels
import Foundation
import Testing

/// Attention over a forest against the plain softmax over each row's path, on every instruction set of the processor.
@Suite struct AttentionTests {
    /// A trunk that crosses a tile of keys (128), with branches, one of which branches again; then a tree of its own.
    private static let segments: [(parent: Int?, count: Int)] = [
        (nil, 150), (0, 20), (0, 3), (2, 40), (0, 1), (nil, 5), (5, 60),
    ]

    private struct Work {
        let (group, width): (Int, Int)
        let blocks: [stepwise_forest_block]
        /// For each row those that it sees.
        let visible: [[Int]]
        let fused: [Float]
        let doutput: [Float]
        var rows: Int { visible.count }
        var stride: Int { (group + 2) * width }
        var scale: Float { 1 / Float(width).squareRoot() }

        init(group: Int, width: Int) {
            (self.group, self.width) = (group, width)
            var (starts, paths, visible): ([Int], [[Int]], [[Int]]) = ([], [], [])
            for segment in AttentionTests.segments {
                starts.append(visible.count)
                var path = segment.parent.map { paths[$0] } ?? []
                for _ in 0..<segment.count {
                    path.append(visible.count)
                    visible.append(path)
                }
                paths.append(path)
            }
            self.visible = visible
            func end(_ index: Int) -> Int { starts[index] + AttentionTests.segments[index].count }
            blocks = AttentionTests.segments.indices.map { index in
                let descendants = AttentionTests.segments.indices.filter { other in
                    var place: Int? = other
                    while let current = place, current != index { place = AttentionTests.segments[current].parent }
                    return place == index
                }
                return stepwise_forest_block(
                    start: starts[index], end: end(index), subtree_end: descendants.map(end).max() ?? 0)
            }
            fused = randomValues(visible.count * (group + 2) * width, seed: 21).map { 2 * $0 }
            doutput = randomValues(visible.count * group * width, seed: 22)
        }

        /// Outputs, and derivatives of doutput . output by the fused rows, in double precision.
        func reference() -> (output: [Double], gradient: [Double]) {
            var output = [Double](repeating: 0, count: rows * group * width)
            var gradient = [Double](repeating: 0, count: rows * stride)
            for row in 0..<rows {
                for head in 0..<group {
                    let (query, place) = (row * stride + head * width, (row * group + head) * width)
                    let keys = visible[row].map { $0 * stride + group * width }
                    func dot(_ first: Int, _ second: Int) -> Double {
                        (0..<width).reduce(0.0) { $0 + Double(fused[first + $1]) * Double(fused[second + $1]) }
                    }
                    let scores = keys.map { dot(query, $0) * Double(scale) }
                    let top = scores.max() ?? 0
                    let weights = scores.map { exp($0 - top) }
                    let sum = weights.reduce(0, +)
                    let shares = weights.map { $0 / sum }
                    for (key, share) in zip(keys, shares) {
                        for d in 0..<width { output[place + d] += share * Double(fused[key + width + d]) }
                    }
                    let shift = (0..<width).reduce(0.0) { $0 + output[place + $1] * Double(doutput[place + $1]) }
                    for (key, share) in zip(keys, shares) {
                        let dshare = (0..<width).reduce(0.0) {
                            $0 + Double(doutput[place + $1]) * Double(fused[key + width + $1])
                        }
                        let dscore = share * (dshare - shift) * Double(scale)
                        for d in 0..<width {
                            gradient[query + d] += dscore * Double(fused[key + d])
                            gradient[key + d] += dscore * Double(fused[query + d])
                            gradient[key + width + d] += share * Double(doutput[place + d])
                        }
                    }
                }
            }
            return (output, gradient)
        }

        /// The same by the kernels, in two parts that meet at row `cut`.
        func run(cut: Int) -> (output: [Float], gradient: [Float]) {
            var output = [Float](repeating: 0, count: rows * group * width)
            var logSums = [Float](repeating: 0, count: group * rows)
            var sums = logSums
            var gradient = [Float](repeating: 0, count: rows * stride)
            var dkeys = [Float](repeating: 0, count: rows * width)
            var dvalues = dkeys
            var workspace = [Float](repeating: 0, count: stepwise_attention_workspace(width))
            fused.withUnsafeBufferPointer { fused in
                blocks.withUnsafeBufferPointer { blocks in
                    var task = stepwise_attention(
                        queries: fused.baseAddress, keys: fused.baseAddress! + group * width,
                        values: fused.baseAddress! + (group + 1) * width, stride: stride, output_stride: group * width,
                        group: group, width: width, rows: rows, scale: scale, blocks: blocks.baseAddress,
                        block_count: blocks.count)
                    for range in [0..<cut, cut..<rows] {
                        stepwise_attention_forward(
                            &task, range.lowerBound, range.upperBound, &output, &logSums, &sums, &workspace)
                    }
                    for range in [0..<cut, cut..<rows] {
                        stepwise_attention_backward(
                            &task, range.lowerBound, range.upperBound, output, logSums, doutput, &gradient, &dkeys,
                            &dvalues, 0, &workspace)
                    }
                }
            }
            for row in 0..<rows {
                for d in 0..<width {
                    gradient[row * stride + group * width + d] = dkeys[row * width + d]
                    gradient[row * stride + (group + 1) * width + d] = dvalues[row * width + d]
                }
            }
            return (output, gradient)
        }
    }

    /// Widths that are and are not whole panels.
    @Test(arguments: [(1, 64), (3, 32), (2, 40), (4, 16)], InstructionSets.available)
    func overAForest(size: (group: Int, width: Int), level: Int) {
        let work = Work(group: size.group, width: size.width)
        let (output, gradient) = work.reference()
        for cut in [0, 97, 170, work.rows] {
            let found = InstructionSets.with(level) { work.run(cut: cut) }
            #expect(largestDifference(found.output, output) < 2e-5, "cut at \(cut)")
            #expect(largestDifference(found.gradient, gradient) < 2e-4, "cut at \(cut)")
        }
    }
}
