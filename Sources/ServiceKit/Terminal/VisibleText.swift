/// Text of unknown origin as a terminal may show it: nothing in it moves the cursor, changes colours or hides, and what cannot be seen is
/// written out.
public enum VisibleText {
    /// One character as it is shown.
    struct Cell: Equatable {
        var text: String
        /// The line ends after it.
        var endsLine = false
        /// A line may be broken after it.
        var isSpace = false
    }

    /// - Parameters:
    ///   - marksSpace: Spaces, tabs and line breaks are made visible too.
    ///   - hasUnicode: As signs for that, not as ASCII.
    static func cell(_ character: Character, marksSpace: Bool, hasUnicode: Bool) -> Cell {
        switch character {
        case "\n": return Cell(text: marksSpace ? (hasUnicode ? "↵" : "\\n") : "", endsLine: true, isSpace: true)
        case "\r\n":
            return Cell(text: marksSpace ? (hasUnicode ? "␍↵" : "\\r\\n") : "", endsLine: true, isSpace: true)
        case "\t": return Cell(text: marksSpace ? (hasUnicode ? "→" : "\\t") : "    ", isSpace: true)
        case " ": return Cell(text: marksSpace && hasUnicode ? "·" : " ", isSpace: true)
        default: break
        }
        let scalars = character.unicodeScalars
        var text = ""
        for (index, scalar) in scalars.enumerated() {
            // What joins an emoji is of no harm inside one.
            let joins = index > 0 && (scalar == "\u{200D}" || scalar.properties.isVariationSelector)
            if isHidden(scalar), !joins {
                text += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        // A mark of its own would sit on whatever stands before it.
        if let first = scalars.first, hasUnicode,
            [.nonspacingMark, .enclosingMark].contains(first.properties.generalCategory)
        {
            text = "\u{25CC}" + text
        }
        return Cell(text: text)
    }

    /// One line of a text, in at most so many columns; an ellipsis says that there was more.
    public static func excerpt(_ text: String, columns: Int, hasUnicode: Bool = true) -> String {
        var line = ""
        var used = 0
        let ellipsis = hasUnicode ? "…" : "..."
        let room = max(0, columns - DisplayWidth.of(ellipsis))
        var fitting = ""
        for character in text {
            let shown = cell(character, marksSpace: character != " ", hasUnicode: hasUnicode).text
            used += DisplayWidth.of(shown)
            if used > columns { return fitting + ellipsis }
            line += shown
            if used <= room { fitting = line }
        }
        return line
    }

    /// Control codes, what changes the direction of writing, all spaces but the usual one, and what has no meaning yet.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
        case .spaceSeparator: scalar != " "
        default: false
        }
    }
}
