/// What may be done to both texts before they are compared; all off unless asked for.
///
/// The paper compares the texts as they are. The three are what graders of mathematics commonly do: see each.
public struct TextNormalization: Sendable, Hashable {
    /// Unicode's default lower-case mapping, scalar by scalar, as Python's `str.lower()` but for the final sigma.
    public var lowercase: Bool
    /// Every run of white space becomes one space, and none is left at the ends: Python's `" ".join(text.split())`.
    public var collapseWhitespace: Bool
    /// Without `$`, `\(`, `\)`, `\[`, `\]`, the spacing commands `\,` `\;` `\:` `\!` `\quad` `\qquad` and the sizing commands `\left` and
    /// `\right`; `\dfrac` and `\tfrac` become `\frac`. These are the layout differences that the grader of the MATH data set removes
    /// (Hendrycks et al., arXiv 2103.03874); what it does to values (units, leading zeros) is left alone here.
    public var stripLatex: Bool

    public init(lowercase: Bool = false, collapseWhitespace: Bool = false, stripLatex: Bool = false) {
        self.lowercase = lowercase
        self.collapseWhitespace = collapseWhitespace
        self.stripLatex = stripLatex
    }

    /// LaTeX first, for what it leaves may be white space; then case, then white space.
    func apply(to text: String) -> String {
        var text = text
        if stripLatex { text = Self.withoutLatexLayout(text) }
        if lowercase { text = Self.lowercased(text) }
        if collapseWhitespace { text = TextElements.words(of: text).joined(separator: " ") }
        return text
    }

    private static func lowercased(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
        }
        return String(result)
    }

    private static let removedWords: Set<String> = ["left", "right", "quad", "qquad"]
    private static let fractions: Set<String> = ["dfrac", "tfrac"]
    private static let removedSigns: Set<Unicode.Scalar> = ["(", ")", "[", "]", ",", ";", ":", "!"]

    private static func withoutLatexLayout(_ text: String) -> String {
        let scalars = text.unicodeScalars
        var result = String.UnicodeScalarView()
        var index = scalars.startIndex
        while index < scalars.endIndex {
            let scalar = scalars[index]
            index = scalars.index(after: index)
            if scalar == "$" { continue }
            guard scalar == "\\", index < scalars.endIndex else {
                result.append(scalar)
                continue
            }
            let end = scalars[index...].firstIndex { !isLetter($0) } ?? scalars.endIndex
            let word = String(scalars[index..<end])
            if word.isEmpty {
                // A backslash and one sign: layout is dropped, all else (\\, \{, \%) stays, \$ as the sign it prints.
                let sign = scalars[index]
                index = scalars.index(after: index)
                if removedSigns.contains(sign) { continue }
                if sign != "$" { result.append(scalar) }
                result.append(sign)
            } else {
                index = end
                if removedWords.contains(word) { continue }
                result.append(scalar)
                result.append(contentsOf: (fractions.contains(word) ? "frac" : word).unicodeScalars)
            }
        }
        return String(result)
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }
}
