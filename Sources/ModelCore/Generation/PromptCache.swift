/// The prompt forest as far as the decoder holds it: a segment is computed once, when the first request that needs it is
/// admitted, and freed when the last one is done.
struct PromptCache {
    private let forest: TokenForest
    private let decoder: any TokenDecoder
    /// The decoder's id of each computed segment.
    private var ids: [Int?]
    /// Requests that are not done and child segments that are still used, for each segment.
    private var uses: [Int]

    init(forest: TokenForest, decoder: any TokenDecoder, requests: [GenerationRequest]) {
        self.forest = forest
        self.decoder = decoder
        ids = [Int?](repeating: nil, count: forest.segments.count)
        uses = [Int](repeating: 0, count: forest.segments.count)
        for request in requests {
            retain(request.parent)
        }
    }

    private mutating func retain(_ segment: Int) {
        var current: Int? = segment
        while let index = current {
            uses[index] += 1
            // The first use of a segment is also a use of its parent; later uses are not.
            current = uses[index] == 1 ? forest.segments[index].parent : nil
        }
    }

    /// Makes sure that the paths to `segments` are computed: one batched call for each depth of the forest.
    mutating func compute(pathsTo segments: [Int]) throws {
        var missing: [(segment: Int, depth: Int)] = []
        var seen: Set<Int> = []
        for segment in segments {
            var current: Int? = segment
            while let index = current, ids[index] == nil, seen.insert(index).inserted {
                missing.append((index, depth(of: index)))
                current = forest.segments[index].parent
            }
        }
        missing.sort { ($0.depth, $0.segment) < ($1.depth, $1.segment) }
        var start = 0
        while start < missing.count {
            let end = missing[start...].firstIndex { $0.depth > missing[start].depth } ?? missing.count
            let level = missing[start..<end].map(\.segment)
            let added = try decoder.add(
                level.map { segment in
                    (forest.segments[segment].tokens, forest.segments[segment].parent.flatMap { ids[$0] })
                })
            for (segment, id) in zip(level, added) { ids[segment] = id }
            start = end
        }
    }

    /// The decoder's id of a computed segment.
    func id(of segment: Int) -> Int {
        guard let id = ids[segment] else { preconditionFailure("segment \(segment) has not been computed") }
        return id
    }

    /// One request on `segment` is done; frees what nobody needs any more.
    mutating func release(_ segment: Int) {
        var current: Int? = segment
        while let index = current {
            uses[index] -= 1
            guard uses[index] == 0 else { return }
            if let id = ids[index] {
                decoder.remove([id])
                ids[index] = nil
            }
            current = forest.segments[index].parent
        }
    }

    private func depth(of segment: Int) -> Int {
        var depth = 0
        var current = forest.segments[segment].parent
        while let index = current {
            depth += 1
            current = forest.segments[index].parent
        }
        return depth
    }
}
