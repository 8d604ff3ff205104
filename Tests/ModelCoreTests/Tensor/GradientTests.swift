import ModelCore
import TestSupport
import Testing

/// Derivatives against central differences along random directions: (f(x + h v) - f(x - h v)) / 2h = v . df/dx.
@Suite struct GradientTests {
    /// One tensor operation on inputs of given shapes.
    private func check(
        _ shapes: [[Int]], seed: UInt64 = 1, step: Float = 1e-2, tolerance: Double = 2e-3,
        _ operation: (Tape, [Tensor]) throws -> Tensor
    ) throws {
        var random = DirectionGenerator(seed: seed)
        let inputs = shapes.map { random.vector($0.reduce(1, *)) }
        func tensors(_ values: [[Float]]) throws -> [Tensor] {
            try zip(values, shapes).map { try Tensor($0, shape: $1, requiresGradient: true) }
        }
        let tape = Tape(recording: true)
        let recorded = try tensors(inputs)
        let result = try operation(tape, recorded)
        // A random functional of the result: its value is weights . result.
        let weights = random.vector(result.count)
        try tape.backward(from: result, gradient: weights)

        func functional(_ values: [[Float]]) throws -> Double {
            let result = try operation(Tape(recording: false), tensors(values)).values
            return zip(result, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        for position in inputs.indices {
            for _ in 0..<3 {
                let direction = random.vector(inputs[position].count)
                func moved(_ amount: Float) -> [[Float]] {
                    var all = inputs
                    for index in direction.indices { all[position][index] += amount * direction[index] }
                    return all
                }
                let numeric = try (functional(moved(step)) - functional(moved(-step))) / Double(2 * step)
                let exact = zip(recorded[position].gradient, direction)
                    .reduce(0) { $0 + Double($1.0) * Double($1.1) }
                let size = max(1, abs(numeric), abs(exact))
                #expect(abs(numeric - exact) / size < tolerance, "input \(position): \(exact), numerically \(numeric)")
            }
        }
    }

    @Test func linear() throws {
        try check([[5, 7], [4, 7], [4]]) { try $0.linear($1[0], weight: $1[1], bias: $1[2]) }
        try check([[300, 40], [50, 40]]) { try $0.linear($1[0], weight: $1[1]) }
    }

    @Test func addAndScale() throws {
        try check([[3, 5], [3, 5]]) { try $0.scale($0.add($1[0], $1[1]), by: -1.5) }
    }

    /// x + x: a tensor that is used twice gets both gradients.
    @Test func aTensorUsedTwice() throws {
        try check([[4, 4]]) { try $0.add($1[0], $0.scale($1[0], by: 2)) }
    }

    @Test func rmsNorm() throws { try check([[6, 19], [19]]) { try $0.rmsNorm($1[0], weight: $1[1], epsilon: 1e-5) } }

    /// Enough rows that every operation is split over threads, and that the last layer takes its rows in several chunks.
    @Test func operationsOnManyRows() throws {
        try check([[1800, 19], [19]], step: 2e-2) { try $0.rmsNorm($1[0], weight: $1[1], epsilon: 1e-2) }
        try check([[900, 26]], step: 3e-2) { try $0.swiGLU($1[0]) }
        try check([[1800, 19], [1800, 19]], step: 1e-1) { try $0.add($1[0], $0.scale($1[1], by: 0.5)) }
        let table = RotaryTable(width: 6, theta: 100)
        try check([[900, 20]], step: 1e-1) {
            try $0.rotary($0.scale($1[0], by: 1), heads: 3, positions: (0..<900).map { Int32($0 % 400) }, table: table)
        }
    }

    @Test func swiGLU() throws { try check([[5, 26]]) { try $0.swiGLU($1[0]) } }

    @Test func embedding() throws {
        try check([[6, 5]]) { try $0.embedding([3, 1, 3, 0], table: $1[0]) }
        try check([[6, 5]]) { try $0.gather($1[0], rows: [5, 5, 2]) }
    }

    @Test func rotary() throws {
        let table = RotaryTable(width: 6, theta: 100)
        // A copy first: rotation works in place, and the input must stay as it is for the numeric side.
        try check([[4, 20]]) {
            try $0.rotary($0.scale($1[0], by: 1), heads: 3, positions: [0, 5, 2, 9], table: table)
        }
    }

    @Test func headNorms() throws {
        let shape = AttentionShape(heads: 4, keyValueHeads: 2, width: 6)
        for rows in [5, 800] {
            try check([[rows, shape.fusedWidth], [6], [6]], step: rows > 5 ? 3e-2 : 1e-2) {
                try $0.headNorms($1[0], shape: shape, queryWeight: $1[1], keyWeight: $1[2], epsilon: 1e-2)
            }
        }
    }

    @Test func forestAttention() throws {
        let forest = ExampleForests.several()
        let layout = ForestLayout(forest)
        let shape = AttentionShape(heads: 4, keyValueHeads: 2, width: 6)
        try check([[forest.tokenCount, shape.fusedWidth]], step: 3e-3, tolerance: 5e-3) {
            try $0.forestAttention($1[0], layout: layout, shape: shape)
        }
    }

    @Test func logSoftmaxGather() throws {
        var random = DirectionGenerator(seed: 4)
        let (hidden, table) = (random.vector(5 * 6), random.vector(9 * 6))
        let predictions = [(0, 3), (1, 8), (1, 0), (1, 8), (4, 2)].map { Prediction(row: $0.0, token: $0.1) }
        let weights: [Float] = [0.5, -1, 2, 0.25, 1]
        func loss(_ hidden: [Float], _ table: [Float]) throws -> Double {
            let scores = try Tape(recording: false).logSoftmaxGather(
                Tensor(hidden, shape: [5, 6]), table: Tensor(table, shape: [9, 6]), predictions: predictions,
                temperature: 0.8)
            return zip(scores.logProbabilities, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let tape = Tape(recording: true)
        let h = try Tensor(hidden, shape: [5, 6], requiresGradient: true)
        let t = try Tensor(table, shape: [9, 6], requiresGradient: true)
        _ = try tape.logSoftmaxGather(h, table: t, predictions: predictions, temperature: 0.8) { _ in weights }
        tape.backward()
        for index in 0..<30 {
            var (up, down) = (hidden, hidden)
            up[index] += 1e-2
            down[index] -= 1e-2
            let numeric = try (loss(up, table) - loss(down, table)) / 2e-2
            #expect(abs(numeric - Double(h.gradient[index])) < 2e-3)
        }
        for index in 0..<54 {
            var (up, down) = (table, table)
            up[index] += 1e-2
            down[index] -= 1e-2
            let numeric = try (loss(hidden, up) - loss(hidden, down)) / 2e-2
            #expect(abs(numeric - Double(t.gradient[index])) < 2e-3)
        }
    }

    /// 1,200 rows are three chunks; the sum over rows of one direction's derivative must hold over their borders.
    @Test func logSoftmaxGatherOverSeveralChunks() throws {
        var random = DirectionGenerator(seed: 6)
        let rows = 1200
        let (hidden, table) = (random.vector(rows * 6), random.vector(9 * 6))
        let predictions = (0..<rows).map { Prediction(row: $0, token: TokenID($0 * 5 % 9)) }
        let weights = random.vector(rows)
        func loss(_ hidden: [Float], _ table: [Float]) throws -> Double {
            let scores = try Tape(recording: false).logSoftmaxGather(
                Tensor(hidden, shape: [rows, 6]), table: Tensor(table, shape: [9, 6]), predictions: predictions,
                temperature: 1)
            return zip(scores.logProbabilities, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let tape = Tape(recording: true)
        let h = try Tensor(hidden, shape: [rows, 6], requiresGradient: true)
        let t = try Tensor(table, shape: [9, 6], requiresGradient: true)
        _ = try tape.logSoftmaxGather(h, table: t, predictions: predictions, temperature: 1) { _ in weights }
        tape.backward()
        for (values, gradient, isHidden) in [(hidden, h.gradient, true), (table, t.gradient, false)] {
            let direction = random.vector(values.count)
            func moved(_ amount: Float) throws -> Double {
                let other = zip(values, direction).map { $0 + amount * $1 }
                return isHidden ? try loss(other, table) : try loss(hidden, other)
            }
            let numeric = try (moved(1e-2) - moved(-1e-2)) / 2e-2
            let exact = zip(gradient, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            #expect(abs(numeric - exact) < 2e-3 * max(1, abs(exact)), "\(exact), numerically \(numeric)")
        }
    }

    /// log softmax of (1, 2, 3) at 3 is -log(1 + e^-1 + e^-2); the entropy follows from the three probabilities.
    @Test func logProbabilitiesAndEntropyOfAKnownRow() throws {
        let scores = try Tape(recording: false).logSoftmaxGather(
            Tensor([1], shape: [1, 1]), table: Tensor([1, 2, 3], shape: [3, 1]),
            predictions: [Prediction(row: 0, token: 2)], temperature: 1)
        #expect(abs(scores.logProbabilities[0] + 0.40760596) < 1e-6)
        #expect(abs(scores.entropies[0] - 0.83239555) < 1e-5)
    }

    @Test func shapesThatDoNotFitAreNamed() throws {
        let tape = Tape(recording: false)
        let x = try Tensor([1, 2, 3, 4], shape: [2, 2])
        #expect(throws: TensorError.self) { try tape.linear(x, weight: Tensor([1, 2, 3], shape: [1, 3])) }
        #expect(throws: TensorError("add", "[2, 2] and [4] do not fit: they must be equal")) {
            try tape.add(x, Tensor([1, 2, 3, 4], shape: [4]))
        }
        #expect(throws: TensorError("Tensor", "3 values for shape [2, 2]")) { try Tensor([1, 2, 3], shape: [2, 2]) }
        #expect(throws: TensorError.self) { try tape.swiGLU(Tensor([1, 2, 3], shape: [1, 3])) }
    }
}

/// Numbers in [-1, 1) from a seed.
private struct DirectionGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func vector(_ count: Int) -> [Float] {
        (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(1 << 31)
        }
    }
}
