/// A table of text for a terminal or a log: columns as wide as their widest cell, two spaces between them.
public struct TextTable: Sendable {
    public enum Alignment: Sendable { case leading, trailing }

    public struct Column: Sendable {
        public var title: String
        public var alignment: Alignment

        public init(_ title: String, _ alignment: Alignment = .leading) {
            self.title = title
            self.alignment = alignment
        }
    }

    public let columns: [Column]
    public private(set) var rows: [[String]] = []

    public init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row; it has a cell for every column.
    public mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns")
        rows.append(cells.map { String($0.map { $0.isNewline ? " " : $0 }) })
    }

    /// The lines: titles, a rule, the rows. No line ends with a space, and the last one not with a line feed.
    public func render(hasUnicode: Bool = true) -> String {
        let widths = columns.indices.map { index in
            (rows.map { DisplayWidth.of($0[index]) } + [DisplayWidth.of(columns[index].title)]).max() ?? 0
        }
        let rule = widths.map { String(repeating: hasUnicode ? "─" : "-", count: $0) }.joined(separator: "  ")
        return ([line(columns.map(\.title), widths), rule] + rows.map { line($0, widths) }).joined(separator: "\n")
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for (index, cell) in cells.enumerated() {
            if index > 0 { text += "  " }
            let padding = String(repeating: " ", count: widths[index] - DisplayWidth.of(cell))
            text += columns[index].alignment == .leading ? cell + padding : padding + cell
        }
        while text.last == " " { text.removeLast() }
        return text
    }
}
