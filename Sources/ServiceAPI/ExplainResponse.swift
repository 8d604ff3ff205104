/// The answer to `POST /v1/explain`: the score, and how it came about.
///
/// Schema: `proto-schemas/explain-response.schema.json`.
public struct ExplainResponse: Codable, Sendable, Hashable {
    public var fingerprint: String
    /// What `POST /v1/score` would say of the pair.
    public var score: ItemScore
    /// Each comparison of sequences that the function made; none where it makes none, or the item was not scored.
    public var comparisons: [SequenceComparison]

    package enum CodingKeys: String, CodingKey, CaseIterable { case fingerprint, score, comparisons }

    public init(fingerprint: String, score: ItemScore, comparisons: [SequenceComparison]) {
        self.fingerprint = fingerprint
        self.score = score
        self.comparisons = comparisons
    }
}

/// How an action and an expert step were compared, as Python's `difflib.SequenceMatcher` compares two sequences.
public struct SequenceComparison: Codable, Sendable, Hashable {
    /// The part of `combine` that made it; nil for a function by itself.
    public var part: String?
    public var unit: Unit
    /// difflib's heuristic for expert steps of 200 elements or more.
    public var autojunk: Bool
    /// 2M/T.
    public var ratio: Double
    /// M: the elements in matching blocks.
    public var matched: Int
    /// T: the elements of both sequences.
    public var total: Int
    /// `get_matching_blocks()` without the empty one at its end: ascending, and never two that touch on both sides.
    public var blocks: [MatchingBlock]
    public var action: ComparedText
    public var expert: ComparedText

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case part, unit, autojunk, ratio, matched, total, blocks, action, expert
    }

    /// What an element of the sequences is.
    public enum Unit: String, Codable, Sendable, CaseIterable {
        case scalar, token, word, line

        public init(from decoder: any Decoder) throws { self = try decoder.decodeChoice() }
    }

    public init(
        part: String? = nil, unit: Unit, autojunk: Bool, ratio: Double, blocks: [MatchingBlock], action: ComparedText,
        expert: ComparedText
    ) {
        self.part = part
        self.unit = unit
        self.autojunk = autojunk
        self.ratio = ratio
        self.blocks = blocks
        self.action = action
        self.expert = expert
        matched = blocks.reduce(0) { $0 + $1.count }
        total = action.elements + expert.elements
    }
}

/// `count` elements that are the same in both sequences; places count elements from 0.
public struct MatchingBlock: Codable, Sendable, Hashable {
    public var action: Int
    public var expert: Int
    public var count: Int

    package enum CodingKeys: String, CodingKey, CaseIterable { case action, expert, count }

    public init(action: Int, expert: Int, count: Int) {
        self.action = action
        self.expert = expert
        self.count = count
    }
}

/// One of the two texts as it was compared: after normalisation, and without the monologue.
public struct ComparedText: Codable, Sendable, Hashable {
    /// How many elements it has.
    public var elements: Int
    /// The text in pieces; joined they are the text.
    public var segments: [TextSegment]

    package enum CodingKeys: String, CodingKey, CaseIterable { case elements, segments }

    public init(elements: Int, segments: [TextSegment]) {
        self.elements = elements
        self.segments = segments
    }
}

/// A piece of a compared text.
public struct TextSegment: Codable, Sendable, Hashable {
    public var kind: Kind
    public var text: String
    /// The index of its matching block, where it matches.
    public var block: Int?

    package enum CodingKeys: String, CodingKey, CaseIterable { case kind, text, block }

    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// In a matching block, with what lies between its elements.
        case match
        /// In none, with what lies between its elements.
        case difference
        /// Between elements, and no element itself, where what is left and right of it differ in kind: white space of words, ends of lines.
        case gap

        public init(from decoder: any Decoder) throws { self = try decoder.decodeChoice() }
    }

    public init(_ kind: Kind, _ text: String, block: Int? = nil) {
        self.kind = kind
        self.text = text
        self.block = block
    }
}
