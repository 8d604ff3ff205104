import ModelCore
import TestSupport
import Testing

@Suite struct ForestDecoderTests {
    private static func relativeDifference(_ first: [Float], _ second: [Float]) -> Double {
        var (difference, size) = (0.0, 0.0)
        for (x, y) in zip(first, second) {
            difference += Double(x - y) * Double(x - y)
            size += Double(x) * Double(x) + Double(y) * Double(y)
        }
        return (difference / size).squareRoot()
    }

    /// Adds a forest's segments, each on top of its parent; ids are the segments' indices.
    private static func add(_ forest: TokenForest, to decoder: ForestDecoder) throws {
        for (index, segment) in forest.segments.enumerated() {
            #expect(try decoder.add([(segment.tokens, segment.parent)]) == [index])
        }
    }

    @Test(arguments: ForestEqualityTests.configurations)
    func decodingEqualsTheForwardPass(configuration: ModelConfiguration) throws {
        let model = try TinyModel.make(configuration)
        let forest = ExampleForests.several()
        let decoder = try ForestDecoder(model: model)
        try Self.add(forest, to: decoder)
        for (index, segment) in forest.segments.enumerated() {
            let row =
                segment.tokens.isEmpty
                ? forest.lastRow(before: index)! : segment.firstRow + segment.tokens.count - 1
            let full = try model.logits(rows: [row], in: forest).values
            #expect(try Self.relativeDifference(decoder.logits(after: index), full) < 1e-5)
        }
    }

    /// 70 tokens cross two block borders; one by one and all at once must agree to the last bit.
    @Test func tokensOneByOneEqualTokensAtOnce() throws {
        let model = try TinyModel.make()
        let tokens = ExampleForests.tokens(70, from: 1)
        let atOnce = try ForestDecoder(model: model)
        _ = try atOnce.add([(tokens, nil)])
        let oneByOne = try ForestDecoder(model: model)
        _ = try oneByOne.add([([], nil)])
        var logits: [Float] = []
        for token in tokens { try oneByOne.step(leaves: [0], tokens: [token], logits: &logits) }
        #expect(try atOnce.logits(after: 0) == logits)
        #expect(try oneByOne.logits(after: 0) == logits)
        #expect(oneByOne.cachedTokenCount == 70)
    }

    /// The logits of a leaf over 40 steps: alone, among 7, among 64 with other paths, and admitted late.
    @Test(arguments: [1, 7, 64, 129])
    func aLeafIsTheSameInAnyBatchBitForBit(companions: Int) throws {
        let model = try TinyModel.make(TinyModel.configuration(modelType: "qwen2"))
        let prompt = ExampleForests.tokens(45, from: 2)
        func trace(companions: Int, lateBy: Int) throws -> [[Float]] {
            let decoder = try ForestDecoder(model: model)
            var others: [Int] = []
            for index in 0..<companions {
                let root = try decoder.add([(ExampleForests.tokens(3 + index % 40, from: index), nil)])[0]
                others += try decoder.add([([], root)])
            }
            var logits: [Float] = []
            for step in 0..<lateBy where !others.isEmpty {
                try decoder.step(
                    leaves: others, tokens: others.map { TokenID(($0 + step) % 37) }, logits: &logits)
            }
            let root = try decoder.add([(prompt, nil)])[0]
            let leaf = try decoder.add([([], root)])[0]
            var trace: [[Float]] = []
            for step in 0..<40 {
                // Every third step the leaf goes alone.
                let others = step % 3 == 2 ? [] : others
                let at = others.count / 2
                var leaves = others
                leaves.insert(leaf, at: at)
                try decoder.step(
                    leaves: leaves, tokens: leaves.map { $0 == leaf ? TokenID(step % 37) : TokenID(($0 * 3) % 37) },
                    logits: &logits)
                trace.append(Array(logits[at * 37..<(at + 1) * 37]))
            }
            return trace
        }
        #expect(try trace(companions: companions, lateBy: 5) == trace(companions: 0, lateBy: 0))
    }

    @Test func removedLeavesGiveTheirMemoryBack() throws {
        let decoder = try ForestDecoder(model: try TinyModel.make())
        let root = try decoder.add([(ExampleForests.tokens(10, from: 1), nil)])[0]
        var logits: [Float] = []
        func round() throws {
            let leaves = try decoder.add((0..<20).map { _ in ([], root) })
            for step in 0..<40 {
                try decoder.step(leaves: leaves, tokens: leaves.map { _ in TokenID(step % 37) }, logits: &logits)
            }
            decoder.remove(leaves)
        }
        try round()
        let bytes = BufferPool.shared.bytes
        for _ in 0..<5 { try round() }
        #expect(decoder.cachedTokenCount == 10)
        // Other tests share the pool, so a little growth is theirs; five rounds that leak would be over 20 MB.
        #expect(BufferPool.shared.bytes - bytes < 8 << 20)
    }

    @Test func whatCannotBeDecodedIsNamed() throws {
        let decoder = try ForestDecoder(model: try TinyModel.make())
        #expect(throws: TensorError("decode", "token 37 is outside a vocabulary of 37")) {
            try decoder.add([([37], nil)])
        }
        #expect(throws: ModelError.self) { try decoder.add([([TokenID](repeating: 1, count: 513), nil)]) }
        _ = try decoder.add([([], nil)])
        #expect(throws: ModelError.self) { try decoder.logits(after: 0) }
    }
}
