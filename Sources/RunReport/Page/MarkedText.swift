import Reward
import ServiceAPI

/// A text in pieces: those that the other text has too, and those that it has not.
package struct MarkedText: Sendable, Equatable {
    package struct Piece: Sendable, Equatable {
        package let text: String
        package let isMatched: Bool
    }

    package let pieces: [Piece]
    /// Code points that were left out at the end.
    package let omitted: Int

    /// What is compared at most, in code points; beyond it nothing is marked.
    private static let longest = 8000

    /// An action and the expert step, as difflib compares them.
    package static func pair(action: String, expert: String, autojunk: Bool = false, limit: Int = .max) -> (
        action: MarkedText, expert: MarkedText
    ) {
        let isShort = action.unicodeScalars.count <= longest && expert.unicodeScalars.count <= longest
        var blocks: [MatchingBlock] = []
        if isShort {
            var matcher = SequenceMatcher(expert: expert.unicodeScalars, autojunk: autojunk)
            blocks = matcher.blocks(of: action.unicodeScalars)
        }
        return (
            MarkedText(action, matched: blocks.map { $0.action..<$0.action + $0.count }, limit: limit),
            MarkedText(expert, matched: blocks.map { $0.expert..<$0.expert + $0.count }, limit: limit)
        )
    }

    /// - Parameters:
    ///   - matched: ascending ranges of code points.
    ///   - limit: code points that are kept.
    package init(_ text: String, matched: [Range<Int>] = [], limit: Int = .max) {
        let scalars = Array(text.unicodeScalars.prefix(limit))
        omitted = text.unicodeScalars.count - scalars.count
        var pieces: [Piece] = []
        func add(_ range: Range<Int>, _ isMatched: Bool) {
            let range = range.clamped(to: 0..<scalars.count)
            guard !range.isEmpty else { return }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars[range])
            pieces.append(Piece(text: String(text), isMatched: isMatched))
        }
        var position = 0
        for range in matched {
            add(position..<max(position, range.lowerBound), false)
            add(range, true)
            position = range.upperBound
        }
        add(position..<max(position, scalars.count), false)
        self.pieces = pieces
    }
}
