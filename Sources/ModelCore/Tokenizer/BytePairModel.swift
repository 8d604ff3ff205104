/// Merges the bytes of a piece into tokens: the BPE model of a tokenizer.json, without what comes before and after it.
struct BytePairModel: Sendable {
    /// What a model is made of.
    struct Parts: Sendable {
        /// The bytes of each token by id; empty for ids that text cannot spell.
        var spellings: [[UInt8]]
        /// In order of rank.
        var merges: [(left: TokenID, right: TokenID, result: TokenID)]
        /// Whether a piece that is a token as it stands becomes that token, whatever the merges say (Llama 3).
        var ignoresMerges = false
        /// What stands for a byte that has no token; without it such a byte is dropped.
        var unknown: TokenID?
        /// Whether neighbouring bytes without a token become one ``unknown``.
        var fusesUnknown = false
    }

    private let table: ByteStringTable
    private let merges: MergeTable
    private let byteTokens: [TokenID]
    private let ignoresMerges: Bool
    private let unknown: TokenID?
    private let fusesUnknown: Bool
    /// Tokens that the merges make of their own bytes: a piece that spells one needs no merging.
    private var isReached: [Bool] = []

    /// Symbols of a piece up to this number are merged by looking for the lowest rank each time, longer ones with a queue.
    private static let shortPiece = 48

    init(_ parts: Parts) {
        let table = ByteStringTable(parts.spellings)
        self.table = table
        merges = MergeTable(parts.merges)
        ignoresMerges = parts.ignoresMerges
        unknown = parts.unknown
        fusesUnknown = parts.fusesUnknown
        byteTokens = (0...UInt8.max).map { byte in [byte].withUnsafeBufferPointer { table[$0] } ?? -1 }
        var scratch = Scratch()
        var reached = [Bool](repeating: false, count: parts.spellings.count)
        for (id, spelling) in parts.spellings.enumerated() where !spelling.isEmpty {
            var tokens: [TokenID] = []
            spelling.withUnsafeBufferPointer { merge($0, &scratch, into: &tokens) }
            reached[id] = tokens == [TokenID(id)]
        }
        isReached = reached
    }

    /// Memory that pieces are merged in, kept from one to the next.
    struct Scratch {
        fileprivate var symbols: [TokenID] = []
        fileprivate var found: [MergeTable.Merge] = []
        fileprivate var queue = MergeQueue()
    }

    /// Appends the tokens of a piece.
    func encode(_ piece: UnsafeBufferPointer<UInt8>, _ scratch: inout Scratch, into tokens: inout [TokenID]) {
        if let id = table[piece], ignoresMerges || isReached[Int(id)] {
            tokens.append(id)
        } else {
            merge(piece, &scratch, into: &tokens)
        }
    }

    func spelling(of id: TokenID) -> ArraySlice<UInt8> { table.spelling(of: id) }

    private func merge(_ piece: UnsafeBufferPointer<UInt8>, _ scratch: inout Scratch, into tokens: inout [TokenID]) {
        scratch.symbols.removeAll(keepingCapacity: true)
        var lastIsUnknown = false
        for byte in piece {
            let token = byteTokens[Int(byte)]
            if token >= 0 {
                scratch.symbols.append(token)
            } else if let unknown, !(fusesUnknown && lastIsUnknown) {
                scratch.symbols.append(unknown)
            }
            lastIsUnknown = token < 0
        }
        if scratch.symbols.count > Self.shortPiece {
            scratch.queue.merge(&scratch.symbols, merges)
        } else {
            mergeShort(&scratch)
        }
        tokens.append(contentsOf: scratch.symbols)
    }

    private func mergeShort(_ scratch: inout Scratch) {
        let count = scratch.symbols.count
        guard count > 1 else { return }
        scratch.found.removeAll(keepingCapacity: true)
        for index in 1..<count {
            scratch.found.append(merges[scratch.symbols[index - 1], scratch.symbols[index]])
        }
        while true {
            var best = 0
            var rank = UInt32.max
            for (index, merge) in scratch.found.enumerated() where merge.rank < rank {
                best = index
                rank = merge.rank
            }
            guard rank < .max else { return }
            scratch.symbols[best] = scratch.found[best].result
            scratch.symbols.remove(at: best + 1)
            scratch.found.remove(at: best)
            if best > 0 {
                scratch.found[best - 1] = merges[scratch.symbols[best - 1], scratch.symbols[best]]
            }
            if best < scratch.found.count {
                scratch.found[best] = merges[scratch.symbols[best], scratch.symbols[best + 1]]
            }
        }
    }
}
