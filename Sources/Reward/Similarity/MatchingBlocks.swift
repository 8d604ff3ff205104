/// Which parts of an action `difflib` finds again in the expert step: what a similarity is made of, for people to look at.
///
/// `SequenceMatcher(None, action, expert, autojunk).get_matching_blocks()` of two Python strings, without its last, empty block. Written for the few
/// texts that are shown; scoring counts the same elements in its own, faster way.
public enum MatchingBlocks {
    /// Code points that both texts have, in this order; as indices into the texts' `unicodeScalars`.
    public struct Block: Sendable, Equatable {
        public let action: Range<Int>
        public let expert: Range<Int>

        public init(action: Range<Int>, expert: Range<Int>) {
            self.action = action
            self.expert = expert
        }
    }

    /// The blocks in their order; none touches the one before it in both texts.
    public static func of(action: String, expert: String, autojunk: Bool = false) -> [Block] {
        of(
            action: action.unicodeScalars.map(\.value), expert: expert.unicodeScalars.map(\.value), autojunk: autojunk)
    }

    /// The same for any sequences, such as words.
    public static func of<Element: Hashable>(
        action: [Element], expert: [Element], autojunk: Bool = false
    ) -> [Block] {
        var search = Search(action: action, expert: expert, autojunk: autojunk)
        var found: [Block] = []
        var open = [(0..<action.count, 0..<expert.count)]
        while let (rows, columns) = open.popLast() {
            let block = search.longest(in: rows, columns)
            guard !block.action.isEmpty else { continue }
            found.append(block)
            open.append((rows.lowerBound..<block.action.lowerBound, columns.lowerBound..<block.expert.lowerBound))
            open.append((block.action.upperBound..<rows.upperBound, block.expert.upperBound..<columns.upperBound))
        }
        return joined(found.sorted { $0.action.lowerBound < $1.action.lowerBound })
    }

    private static func joined(_ blocks: [Block]) -> [Block] {
        blocks.reduce(into: []) { result, block in
            if let last = result.last, last.action.upperBound == block.action.lowerBound,
                last.expert.upperBound == block.expert.lowerBound
            {
                result[result.count - 1] = Block(
                    action: last.action.lowerBound..<block.action.upperBound,
                    expert: last.expert.lowerBound..<block.expert.upperBound)
            } else {
                result.append(block)
            }
        }
    }

    private struct Search<Element: Hashable> {
        let action: [Element]
        let expert: [Element]
        /// Where each element is in the expert sequence, those that are too frequent left out.
        private var places: [Element: [Int]] = [:]
        /// How long the match is that ends at a column, in the row before and in this one.
        private var before: [Int]
        private var now: [Int]

        init(action: [Element], expert: [Element], autojunk: Bool) {
            self.action = action
            self.expert = expert
            for (index, element) in expert.enumerated() { places[element, default: []].append(index) }
            if autojunk, expert.count >= 200 {
                let most = expert.count / 100 + 1
                places = places.filter { $0.value.count <= most }
            }
            before = Array(repeating: 0, count: expert.count + 1)
            now = before
        }

        /// The longest match; of several the first in the action, and of these the first in the expert.
        mutating func longest(in rows: Range<Int>, _ columns: Range<Int>) -> Block {
            var (row, column, size) = (rows.lowerBound, columns.lowerBound, 0)
            var written: [Int] = []
            var writtenBefore: [Int] = []
            for index in rows {
                for place in places[action[index]] ?? [] where columns.contains(place) {
                    let length = before[place] + 1
                    now[place + 1] = length
                    written.append(place + 1)
                    if length > size { (row, column, size) = (index - length + 1, place - length + 1, length) }
                }
                for place in writtenBefore { before[place] = 0 }
                swap(&before, &now)
                writtenBefore = written
                written.removeAll(keepingCapacity: true)
            }
            for place in writtenBefore { before[place] = 0 }
            // Frequent elements start no match, but belong to one that they touch.
            while row > rows.lowerBound, column > columns.lowerBound, action[row - 1] == expert[column - 1] {
                (row, column, size) = (row - 1, column - 1, size + 1)
            }
            while row + size < rows.upperBound, column + size < columns.upperBound,
                action[row + size] == expert[column + size]
            {
                size += 1
            }
            return Block(action: row..<row + size, expert: column..<column + size)
        }
    }
}
