import ModelCore

/// Reproducible numbers in [-1, 1).
enum RandomValues {
    static func make(_ count: Int, seed: UInt64) -> [Float] {
        var random = RandomGenerator(seed: seed)
        return (0..<count).map { _ in 2 * random.nextUniform() - 1 }
    }

    static func buffer(_ count: Int, seed: UInt64) -> Buffer {
        let buffer = Buffer(count: count)
        buffer.pointer.update(from: make(count, seed: seed), count: count)
        return buffer
    }
}

/// Token sequences whose content does not matter to their cost.
enum RandomTokens {
    static func make(_ count: Int, length: Int, vocabulary: Int, seed: UInt64 = 5) -> [[TokenID]] {
        var random = RandomGenerator(seed: seed)
        return (0..<count).map { _ in (0..<length).map { _ in TokenID(random.next() % UInt64(vocabulary)) } }
    }

    /// The same as a forest of independent sequences.
    static func forest(_ count: Int, length: Int, vocabulary: Int) -> TokenForest {
        var forest = TokenForest()
        for tokens in make(count, length: length, vocabulary: vocabulary) { forest.add(tokens) }
        return forest
    }
}
