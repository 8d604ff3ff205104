/// Merges a long run of symbols in time n log n: the merges that are possible wait in a heap by rank, then place.
struct MergeQueue {
    /// Rank above place, so that the smallest is the next to do. Entries are not taken back when a neighbour changes: one
    /// whose rank is not that of its place any more is passed over.
    private var heap: [UInt64] = []
    private var previous: [Int32] = []
    private var next: [Int32] = []

    /// Merges `symbols`, fewer than 2^31, in place.
    mutating func merge(_ symbols: inout [TokenID], _ merges: MergeTable) {
        let count = symbols.count
        previous = (0..<count).map { Int32($0) - 1 }
        next = (0..<count).map { $0 + 1 < count ? Int32($0) + 1 : -1 }
        heap.removeAll(keepingCapacity: true)
        for place in 0..<count - 1 {
            let rank = merges[symbols[place], symbols[place + 1]].rank
            if rank < .max { heap.append(Self.entry(rank, place)) }
        }
        for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(index) }
        while let entry = popSmallest() {
            let place = Int(entry & 0xFFFF_FFFF)
            guard symbols[place] >= 0, next[place] >= 0 else { continue }
            let right = Int(next[place])
            let merge = merges[symbols[place], symbols[right]]
            guard merge.rank == UInt32(entry >> 32) else { continue }
            symbols[place] = merge.result
            symbols[right] = -1
            next[place] = next[right]
            if next[place] >= 0 {
                previous[Int(next[place])] = Int32(place)
                offer(place, symbols, merges)
            }
            if previous[place] >= 0 { offer(Int(previous[place]), symbols, merges) }
        }
        symbols.removeAll { $0 < 0 }
    }

    private static func entry(_ rank: UInt32, _ place: Int) -> UInt64 { UInt64(rank) << 32 | UInt64(place) }

    private mutating func offer(_ place: Int, _ symbols: [TokenID], _ merges: MergeTable) {
        let rank = merges[symbols[place], symbols[Int(next[place])]].rank
        guard rank < .max else { return }
        heap.append(Self.entry(rank, place))
        var index = heap.count - 1
        while index > 0, heap[(index - 1) / 2] > heap[index] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func popSmallest() -> UInt64? {
        guard let smallest = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            sink(0)
        }
        return smallest
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < heap[index] else { return }
            heap.swapAt(index, child)
            index = child
        }
    }
}
