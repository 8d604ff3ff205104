/// Decoding on a forest whose leaves grow: the key-value cache is the forest.
///
/// Every shared context is computed once and read by all that hang from it. What a segment's path gives does not depend on what else
/// is in the decoder, nor on how its tokens arrived: bit for bit the same alone, in a batch, at once or one by one.
/// It packs the model's weights when it is made: make a new one after an update.
public final class ForestDecoder {
    private let model: CausalLanguageModel
    private let pass: DecoderPass
    private var segments: [Int: CachedSegment] = [:]
    private var nextID = 0

    /// - Parameter precision: of the packed matrices. BFloat16 rounds them: decoding then reads half as much memory, and its log-probabilities are
    ///   no longer those that training computes.
    public init(model: CausalLanguageModel, precision: WeightPrecision = .float32) throws {
        self.model = model
        pass = DecoderPass(model: model, precision: precision)
    }

    /// Computes segments on top of their parents and keeps their keys and values: one batched pass over all their tokens.
    ///
    /// - Parameter segments: tokens, which may be none, and the id of an earlier call's segment that they continue.
    /// - Returns: their ids.
    /// - Throws: ``TensorError`` for a token outside the vocabulary, ``ModelError`` for a path longer than the model's positions.
    public func add(_ segments: [(tokens: [TokenID], parent: Int?)]) throws -> [Int] {
        for segment in segments {
            let before = segment.parent.map { parent in
                let cached = self.cached(parent)
                return cached.firstPosition + cached.tokenCount
            }
            try check(segment.tokens, positions: (before ?? 0) + segment.tokens.count)
        }
        var ids: [Int] = []
        var rows: [DecoderPass.Row] = []
        for segment in segments {
            let cached = CachedSegment(parent: segment.parent.map(cached))
            for token in segment.tokens { rows.append(pass.row(appending: token, to: cached)) }
            self.segments[nextID] = cached
            ids.append(nextID)
            nextID += 1
        }
        pass.run(rows)
        return ids
    }

    /// Next-token logits [V] after the last token of the segment's path.
    ///
    /// - Throws: ``ModelError`` when the path has no token at all.
    public func logits(after segment: Int) throws -> [Float] {
        guard let hidden = cached(segment).hidden else {
            throw ModelError("segment \(segment) has no token on its path, so nothing predicts its first one")
        }
        var logits = [Float](repeating: 0, count: model.configuration.vocabularySize)
        logits.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { pass.logits([hidden], into: base) }
        }
        return logits
    }

    /// Appends `tokens[i]` to `leaves[i]` in one batched pass, and writes the next-token logits [leaves.count, V].
    ///
    /// - Parameter logits: made longer where it is too short, and reused otherwise.
    /// - Throws: as ``add(_:)``; nothing has been appended then.
    public func step(leaves: [Int], tokens: [TokenID], logits: inout [Float]) throws {
        precondition(leaves.count == tokens.count, "\(leaves.count) leaves, \(tokens.count) tokens")
        let cachedLeaves = leaves.map(cached)
        for (leaf, token) in zip(cachedLeaves, tokens) {
            precondition(leaf.childCount == 0, "a segment with children cannot grow")
            try check([token], positions: leaf.firstPosition + leaf.tokenCount + 1)
        }
        pass.run(zip(cachedLeaves, tokens).map { pass.row(appending: $1, to: $0) })
        let needed = leaves.count * model.configuration.vocabularySize
        if logits.count < needed { logits = [Float](repeating: 0, count: needed) }
        logits.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { pass.logits(cachedLeaves.compactMap(\.hidden), into: base) }
        }
    }

    /// Forgets segments and gives their memory back.
    ///
    /// - Precondition: none of them has a child that stays.
    public func remove(_ segments: [Int]) {
        for id in segments.sorted(by: >) {
            guard let segment = self.segments.removeValue(forKey: id) else { continue }
            precondition(segment.childCount == 0, "segment \(id) still has children")
        }
    }

    /// The number of tokens whose keys and values are held.
    public var cachedTokenCount: Int { segments.values.reduce(0) { $0 + $1.tokenCount } }

    private func cached(_ id: Int) -> CachedSegment {
        guard let segment = segments[id] else { preconditionFailure("no segment \(id) in this decoder") }
        return segment
    }

    private func check(_ tokens: [TokenID], positions: Int) throws {
        if let outside = tokens.first(where: { $0 < 0 || $0 >= model.configuration.vocabularySize }) {
            throw TensorError(
                "decode", "token \(outside) is outside a vocabulary of \(model.configuration.vocabularySize)")
        }
        guard positions <= model.configuration.maximumPositions else {
            throw ModelError(
                "a path of \(positions) tokens is longer than the model's max_position_embeddings \(model.configuration.maximumPositions)"
            )
        }
    }
}
