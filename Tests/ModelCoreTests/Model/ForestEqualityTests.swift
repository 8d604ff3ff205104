import ModelCore
import TestSupport
import Testing

/// A forest gives what running each path alone gives: logits, log-probabilities, and every parameter's gradient.
@Suite struct ForestEqualityTests {
    static let forests = [
        ("trajectory", ExampleForests.trajectory()), ("several trees", ExampleForests.several()),
        ("long segments", longSegments()),
    ]
    static let configurations = [
        TinyModel.configuration(), TinyModel.configuration(tied: false, attentionBias: true),
        TinyModel.configuration(modelType: "qwen2"), TinyModel.configuration(keyValueHeads: 1, mlpBias: true),
        TinyModel.configuration(modelType: "qwen2", tied: false, keyValueHeads: 4),
        TinyModel.configuration(modelType: "qwen3"),
    ]

    /// Segments longer than attention's tile of 128 rows.
    private static func longSegments() -> TokenForest {
        var forest = TokenForest()
        let root = forest.add(ExampleForests.tokens(150, from: 3))
        let middle = forest.add(ExampleForests.tokens(140, from: 4), parent: root)
        forest.add(ExampleForests.tokens(5, from: 5), parent: root)
        forest.add(ExampleForests.tokens(133, from: 6), parent: middle)
        return forest
    }

    /// The root-to-leaf path of every leaf, alone.
    private static func singlePaths(_ forest: TokenForest) -> [(leaf: Int, forest: TokenForest)] {
        let parents = Set(forest.segments.compactMap(\.parent))
        return forest.segments.indices.filter { !parents.contains($0) }.map { leaf in
            var single = TokenForest()
            single.add(forest.path(to: leaf))
            return (leaf, single)
        }
    }

    /// |a - b| / (|a| + |b|) of the vectors as wholes.
    private static func relativeDifference(_ first: [Float], _ second: [Float]) -> Double {
        var (difference, size) = (0.0, 0.0)
        for (x, y) in zip(first, second) {
            difference += Double(x - y) * Double(x - y)
            size += Double(x) * Double(x) + Double(y) * Double(y)
        }
        return size == 0 ? 0 : (difference / size).squareRoot()
    }

    @Test(arguments: forests.map(\.0), configurations)
    func logitsEqualThoseOfEachPathAlone(name: String, configuration: ModelConfiguration) throws {
        let model = try TinyModel.make(configuration)
        let forest = Self.forests.first { $0.0 == name }!.1
        for (leaf, single) in Self.singlePaths(forest) where single.tokenCount > 0 {
            var rows: [Int] = []
            var current: Int? = leaf
            while let index = current {
                let segment = forest.segments[index]
                rows = Array(segment.firstRow..<segment.firstRow + segment.tokens.count) + rows
                current = segment.parent
            }
            let inForest = try model.logits(rows: rows, in: forest).values
            let alone = try model.logits(rows: Array(0..<single.tokenCount), in: single).values
            #expect(Self.relativeDifference(inForest, alone) < 1e-5)
        }
    }

    /// Each segment's predictions weigh one fixed derivative each, wherever they are computed.
    @Test(arguments: forests.map(\.0), configurations)
    func gradientsEqualTheSumOverPathsAlone(name: String, configuration: ModelConfiguration) throws {
        let model = try TinyModel.make(configuration)
        let forest = Self.forests.first { $0.0 == name }!.1
        func derivative(_ segment: Int, _ index: Int) -> Float { Float((segment * 5 + index * 3) % 7) / 7 - 0.4 }

        var predictions: [Prediction] = []
        var derivatives: [Float] = []
        for segment in forest.segments.indices {
            let own = forest.predictions(of: segment)
            predictions += own
            derivatives += own.indices.map { derivative(segment, $0) }
        }
        model.parameters.zeroGradients()
        let together = try model.accumulateGradients(of: predictions, in: forest, temperature: 0.7) { _ in derivatives }
        let inForest = try model.parameters.entries.map { try model.parameters.gradient($0.name) }

        // Alone: each segment's loss on a sequence that ends with the segment.
        model.parameters.zeroGradients()
        var aloneScores: [Float] = []
        for segment in forest.segments.indices {
            let count = forest.predictions(of: segment).count
            guard count > 0 else { continue }
            var single = TokenForest()
            single.add(forest.path(to: segment))
            let own = Array(single.predictions(of: 0).suffix(count))
            let scores = try model.accumulateGradients(of: own, in: single, temperature: 0.7) { _ in
                (0..<count).map { derivative(segment, $0) }
            }
            aloneScores += scores.logProbabilities
        }
        #expect(Self.relativeDifference(together.logProbabilities, aloneScores) < 1e-5)
        for (entry, gradient) in zip(model.parameters.entries, inForest) {
            let alone = try model.parameters.gradient(entry.name)
            #expect(alone.contains { $0 != 0 }, "\(entry.name) has no gradient at all")
            #expect(Self.relativeDifference(gradient, alone) < 1e-4, "\(entry.name)")
        }
    }

    @Test func aBranchPointKeepsOneLossForEachChild() throws {
        var forest = TokenForest()
        let root = forest.add([1, 2])
        let first = forest.add([3], parent: root)
        let second = forest.add([4], parent: root)
        let third = forest.add([3], parent: root)
        let predictions = [first, second, third].flatMap(forest.predictions(of:))
        #expect(predictions == [3, 4, 3].map { Prediction(row: 1, token: $0) })
        let scores = try TinyModel.make().logProbabilities(of: predictions, in: forest).logProbabilities
        #expect(scores[0] == scores[2])
        #expect(scores[0] != scores[1])
    }

    @Test func rowsFollowTheOrderOfAddingWhateverTheShape() throws {
        let model = try TinyModel.make()
        var depthFirst = TokenForest()
        let a = depthFirst.add([1, 2, 3])
        depthFirst.add([4, 5], parent: a)
        let b = depthFirst.add([6], parent: a)
        depthFirst.add([7, 8], parent: b)
        var breadthFirst = TokenForest()
        let c = breadthFirst.add([1, 2, 3])
        let d = breadthFirst.add([6], parent: c)
        breadthFirst.add([4, 5], parent: c)
        breadthFirst.add([7, 8], parent: d)
        let first = try model.logits(rows: [4, 7], in: depthFirst).values
        let second = try model.logits(rows: [5, 7], in: breadthFirst).values
        #expect(Self.relativeDifference(first, second) < 1e-6)
    }

    @Test func whatCannotBeReadIsNamed() throws {
        let model = try TinyModel.make()
        var forest = TokenForest()
        forest.add([1, 99])
        #expect(throws: TensorError("embedding", "token 99 at position 1 is outside a vocabulary of 37")) {
            try model.logits(rows: [0], in: forest)
        }
        var long = TokenForest()
        long.add([TokenID](repeating: 1, count: 513))
        #expect(throws: ModelError.self) { try model.logits(rows: [0], in: long) }
        #expect(throws: ModelError.self) { try model.logits(rows: [513], in: long) }
    }
}
