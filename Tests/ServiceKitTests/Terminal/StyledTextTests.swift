import ServiceKit
import Testing

@Suite struct StyledTextTests {
    private func lines(width: Int, _ pieces: [(String, TerminalOutput.Style?, Bool)], hasUnicode: Bool = true)
        -> [String]
    {
        var text = StyledText(hasUnicode: hasUnicode)
        for (piece, style, marksSpace) in pieces { text.append(piece, style: style, marksSpace: marksSpace) }
        return text.lines(width: width) { "<\($1)|\($0)>" }
    }

    @Test func breaksAfterSpacesAndWhereThereAreNoneAnywhere() {
        #expect(lines(width: 10, [("one two three four", nil, false)]) == ["one two ", "three four"])
        #expect(lines(width: 4, [("abcdefghij", nil, false)]) == ["abcd", "efgh", "ij"])
        #expect(lines(width: 4, [("", nil, false)]) == [""])
    }

    @Test func aStyleGoesOnInTheNextLine() {
        #expect(
            lines(width: 6, [("ab ", nil, false), ("cd ef", .red, false), (" gh", nil, false)])
                == ["ab <red|cd >", "<red|ef> gh"])
    }

    /// Two columns each, and one that a mark shares with its letter.
    @Test func wideCharactersCountTwice() {
        #expect(lines(width: 5, [("日本語", nil, false)]) == ["日本", "語"])
        #expect(lines(width: 2, [("e\u{301}e\u{301}e", nil, false)]) == ["e\u{301}e\u{301}", "e"])
        #expect(lines(width: 4, [("👩‍👩‍👧🧮x", nil, false)]) == ["👩‍👩‍👧🧮", "x"])
    }

    @Test func whiteSpaceIsMadeVisibleWhereItIsAskedFor() {
        #expect(lines(width: 20, [("a b\tc\nd", nil, true)]) == ["a·b→c↵", "d"])
        #expect(lines(width: 20, [("a b\tc\r\nd", nil, true)], hasUnicode: false) == ["a b\\tc\\r\\n", "d"])
        #expect(lines(width: 20, [("a b\nc", nil, false)]) == ["a b", "c"])
        // Spaces that look like the usual one never pass for it.
        #expect(lines(width: 40, [("a\u{A0}b\u{3000}", nil, false)]) == ["a\\u{A0}b\\u{3000}"])
    }

    /// A text of unknown origin can neither colour the terminal nor write backwards or over what stands there.
    @Test(arguments: ["\u{1B}[31mred", "a\u{8}b", "\u{202E}abc", "a\rb", "\u{9B}2J", "a\u{200B}b", "\u{E0041}"])
    func nothingReachesTheTerminalButCharacters(text: String) {
        let shown = lines(width: 80, [(text, nil, false)]).joined()
        #expect(shown.contains("\\u{"), "\(shown)")
        #expect(
            shown.unicodeScalars.allSatisfy {
                ![.control, .format, .unassigned].contains($0.properties.generalCategory)
            }, "\(shown)")
    }

    @Test func aMarkWithoutALetterHasACircle() {
        #expect(lines(width: 10, [("\u{301}", nil, false)]) == ["\u{25CC}\u{301}"])
    }

    @Test func excerptsFitAndSayThatTheyAreSome() {
        #expect(VisibleText.excerpt("short", columns: 5) == "short")
        #expect(VisibleText.excerpt("longer", columns: 5) == "long…")
        #expect(VisibleText.excerpt("日本語", columns: 5) == "日本…")
        #expect(VisibleText.excerpt("a\nb c", columns: 10) == "a↵b c")
        #expect(VisibleText.excerpt("longer", columns: 5, hasUnicode: false) == "lo...")
    }
}
