/// What the model reads: segments of tokens, each with a parent.
///
/// A token attends to its ancestors' segments and to its own segment up to itself; positions run along the path. A batch of packed
/// sequences is a forest of single segments; a GRPO group is a prompt with G children; an SRL trajectory is a trunk of steps with
/// rollouts hanging from every step boundary. Every shared context is computed once, forward and backward.
///
/// Prior art for training: AReaL's tree training, Prefix Grouper, AReaL-DTA (arXiv 2602.00482); see docs/architecture.md.
public struct TokenForest: Sendable {
    public struct Segment: Sendable {
        public let tokens: [TokenID]
        /// The index of the segment that this one continues; nil for a root.
        public let parent: Int?
        /// The row of the first token in the forest's [T, d] matrices: rows are in the order of adding.
        public let firstRow: Int
        /// The position of the first token along its path.
        public let firstPosition: Int
    }

    public private(set) var segments: [Segment] = []
    /// T: the tokens of all segments.
    public private(set) var tokenCount = 0

    public init() {}

    /// Adds a segment that continues `parent`, and returns its index. Empty segments are allowed anywhere.
    ///
    /// - Precondition: the parent has been added before.
    @discardableResult
    public mutating func add(_ tokens: [TokenID], parent: Int? = nil) -> Int {
        var position = 0
        if let parent {
            precondition(segments.indices.contains(parent), "parent \(parent) of \(segments.count) segments")
            position = segments[parent].firstPosition + segments[parent].tokens.count
        }
        segments.append(
            Segment(tokens: tokens, parent: parent, firstRow: tokenCount, firstPosition: position))
        tokenCount += tokens.count
        return segments.count - 1
    }

    /// Every token of `segment` as a prediction from the row before it on its path.
    ///
    /// The first token is predicted from the last token of the nearest ancestor that has one; the first token of a root has nothing
    /// before it and is left out. A branch point is so asked for one next token by each child, and each keeps its own loss.
    public func predictions(of segment: Int) -> [Prediction] {
        let own = segments[segment]
        var predictions: [Prediction] = []
        predictions.reserveCapacity(own.tokens.count)
        if let first = own.tokens.first, let before = lastRow(before: segment) {
            predictions.append(Prediction(row: before, token: first))
        }
        for index in own.tokens.indices.dropFirst() {
            predictions.append(Prediction(row: own.firstRow + index - 1, token: own.tokens[index]))
        }
        return predictions
    }

    /// The row of the last token on the path before `segment`.
    public func lastRow(before segment: Int) -> Int? {
        var ancestor = segments[segment].parent
        while let index = ancestor {
            let candidate = segments[index]
            if !candidate.tokens.isEmpty { return candidate.firstRow + candidate.tokens.count - 1 }
            ancestor = candidate.parent
        }
        return nil
    }

    /// All tokens from the root to the end of `segment`: what a model that knows nothing of forests would read.
    public func path(to segment: Int) -> [TokenID] {
        var parts: [[TokenID]] = []
        var current: Int? = segment
        while let index = current {
            parts.append(segments[index].tokens)
            current = segments[index].parent
        }
        return parts.reversed().flatMap { $0 }
    }
}

/// "Row `row` of the forest is followed by `token`." A row may have several, one for each child of a branch point.
public struct Prediction: Sendable, Hashable {
    public let row: Int
    public let token: TokenID

    public init(row: Int, token: TokenID) {
        self.row = row
        self.token = token
    }
}
