/// Cuts a text into the pieces that byte pairs are merged in, stage by stage as Hugging Face's `Sequence` does.
struct Pretokenizer: Sendable, Equatable {
    enum Stage: Sendable, Equatable {
        /// Every match of the pattern is a piece.
        case split(SplitPattern)
        /// Digits are pieces: each of its own, or a run of them.
        case digits(single: Bool)
        /// Puts a space before a piece that does not begin with one.
        case prefixSpace
    }

    let stages: [Stage]

    /// Calls `body` with the pieces of well-formed UTF-8, in order and none empty.
    func forEachPiece(
        of text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        guard !text.isEmpty else { return }
        // Most pre-tokenizers are one pattern: no recursion for them.
        if stages.count == 1, case .split(let pattern) = stages[0] {
            let scanner = PieceScanner(text)
            var start = 0
            while start < text.count {
                let end = scanner.pieceEnd(pattern, from: start)
                body(UnsafeBufferPointer(rebasing: text[start..<end]))
                start = end
            }
            return
        }
        var scanner = PieceScanner(text)
        run(0, text, 0..<text.count, &scanner, body)
    }

    private func run(
        _ stage: Int, _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ scanner: inout PieceScanner,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        guard stage < stages.count else {
            body(UnsafeBufferPointer(rebasing: text[range]))
            return
        }
        if case .prefixSpace = stages[stage] {
            guard text[range.lowerBound] != UInt8(ascii: " ") else {
                run(stage + 1, text, range, &scanner, body)
                return
            }
            let longer = [UInt8(ascii: " ")] + text[range]
            longer.withUnsafeBufferPointer { longer in
                var scanner = PieceScanner(longer)
                run(stage + 1, longer, 0..<longer.count, &scanner, body)
            }
            return
        }
        var start = range.lowerBound
        while start < range.upperBound {
            scanner.end = range.upperBound
            let end =
                switch stages[stage] {
                case .split(let pattern): scanner.pieceEnd(pattern, from: start)
                case .digits(let single): scanner.digitsEnd(from: start, single: single)
                case .prefixSpace: range.upperBound
                }
            run(stage + 1, text, start..<end, &scanner, body)
            start = end
        }
    }
}
