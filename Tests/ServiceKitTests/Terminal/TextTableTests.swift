import ServiceKit
import Testing

@Suite struct TextTableTests {
    @Test func alignsColumns() {
        var table = TextTable([.init("checkpoint"), .init("pass@8", .trailing), .init("note")])
        table.add(["base", "0.02", ""])
        table.add(["srl", "12.50", "two\nlines"])
        #expect(
            table.render() == """
                checkpoint  pass@8  note
                ──────────  ──────  ─────────
                base          0.02
                srl          12.50  two lines
                """)
    }

    @Test func countsColumnsOfWideAndCombiningCharacters() {
        var table = TextTable([.init("x"), .init("y")])
        table.add(["日本", "1"])
        table.add(["e\u{301}", "2"])
        table.add(["🙂", "3"])
        #expect(
            table.render(hasUnicode: false) == """
                x     y
                ----  -
                日本  1
                e\u{301}     2
                🙂    3
                """)
    }

    @Test func anEmptyTableHasItsTitles() {
        #expect(TextTable([.init("a"), .init("b")]).render(hasUnicode: false) == "a  b\n-  -")
    }
}
