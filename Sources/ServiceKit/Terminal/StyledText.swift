/// Text in styles, to be wrapped to a terminal's width.
public struct StyledText: Sendable {
    private struct Piece {
        var cell: VisibleText.Cell
        var style: TerminalOutput.Style?
    }

    private var pieces: [Piece] = []
    private let hasUnicode: Bool

    public init(hasUnicode: Bool) { self.hasUnicode = hasUnicode }

    /// Adds text, made visible.
    public mutating func append(_ text: String, style: TerminalOutput.Style? = nil, marksSpace: Bool = false) {
        for character in text {
            let cell = VisibleText.cell(character, marksSpace: marksSpace, hasUnicode: hasUnicode)
            pieces.append(Piece(cell: cell, style: style))
        }
    }

    /// Adds text of the program's own that is shown as it is.
    public mutating func append(mark: String, style: TerminalOutput.Style? = nil) {
        pieces.append(Piece(cell: VisibleText.Cell(text: mark), style: style))
    }

    /// The lines, each at most `width` columns wide: broken at line breaks, after spaces, and where there are none, anywhere.
    ///
    /// - Parameter styled: puts text into a style.
    public func lines(width: Int, styled: (String, TerminalOutput.Style) -> String) -> [String] {
        var lines: [String] = []
        var line: [Piece] = []
        var columns = 0
        /// How many pieces of the line end with the last space.
        var lastSpace = 0

        func render(_ pieces: some Sequence<Piece>) -> String {
            var text = ""
            var run = ""
            var style: TerminalOutput.Style?
            func flush() {
                if !run.isEmpty { text += style.map { styled(run, $0) } ?? run }
                run = ""
            }
            for piece in pieces {
                if piece.style != style {
                    flush()
                    style = piece.style
                }
                run += piece.cell.text
            }
            flush()
            return text
        }

        for piece in pieces {
            let wide = DisplayWidth.of(piece.cell.text)
            if columns + wide > width, !line.isEmpty {
                let end = lastSpace > 0 ? lastSpace : line.count
                lines.append(render(line[..<end]))
                line.removeFirst(end)
                columns = line.reduce(0) { $0 + DisplayWidth.of($1.cell.text) }
                lastSpace = 0
            }
            line.append(piece)
            columns += wide
            if piece.cell.isSpace { lastSpace = line.count }
            if piece.cell.endsLine {
                lines.append(render(line))
                line = []
                columns = 0
                lastSpace = 0
            }
        }
        if !line.isEmpty || lines.isEmpty { lines.append(render(line)) }
        return lines
    }
}
