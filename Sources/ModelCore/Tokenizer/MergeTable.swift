/// Which two neighbours become which token, and how early. Open addressing, as it is asked for every pair of bytes.
struct MergeTable: Sendable {
    struct Merge: Sendable, Equatable {
        /// The lower, the earlier.
        let rank: UInt32
        let result: TokenID

        static let none = Merge(rank: .max, result: -1)
    }

    private var keys: [UInt64]
    private var merges: [Merge]
    private static let empty = UInt64.max

    /// - Parameter merges: in order of rank. Of equal pairs the last counts, as in Hugging Face `tokenizers`.
    init(_ pairs: [(left: TokenID, right: TokenID, result: TokenID)]) {
        var capacity = 16
        while capacity < pairs.count * 2 { capacity *= 2 }
        keys = [UInt64](repeating: Self.empty, count: capacity)
        merges = [Merge](repeating: .none, count: capacity)
        for (rank, pair) in pairs.enumerated() {
            let slot = find(Self.key(pair.left, pair.right))
            keys[slot] = Self.key(pair.left, pair.right)
            merges[slot] = Merge(rank: UInt32(rank), result: pair.result)
        }
    }

    /// The merge of two neighbours; ``Merge/none``, of the highest rank, if they do not merge.
    @inline(__always)
    subscript(left: TokenID, right: TokenID) -> Merge {
        merges[find(Self.key(left, right))]
    }

    @inline(__always)
    private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private func find(_ key: UInt64) -> Int {
        var hash = key &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 32
        var slot = Int(truncatingIfNeeded: hash) & (keys.count - 1)
        while keys[slot] != key, keys[slot] != Self.empty { slot = (slot + 1) & (keys.count - 1) }
        return slot
    }
}
