import ServiceKit
import Testing

@Suite struct TerminalOutputTests {
    private typealias Capabilities = TerminalOutput.Capabilities

    @Test(arguments: [
        (true, ["LANG": "en_US.UTF-8"], true, true, true),
        (true, ["NO_COLOR": "1", "LANG": "C.UTF-8"], true, false, true),
        (true, ["NO_COLOR": "", "LC_ALL": "C", "LANG": "C.UTF-8"], true, true, false),
        (true, ["TERM": "dumb"], false, false, false),
        (false, ["LANG": "C.utf8"], false, false, true),
    ])
    func readsWhatTheEnvironmentSays(
        isTerminal: Bool, environment: [String: String], shown: Bool, color: Bool, unicode: Bool
    ) {
        #expect(
            Capabilities(isTerminal: isTerminal, environment: environment)
                == Capabilities(isTerminal: shown, hasColor: color, hasUnicode: unicode))
    }

    @Test func colorsOnlyWhereWanted() {
        let (plain, colored) = (Captured(), Captured())
        plain.output().writeError("no such file")
        colored.output(isTerminal: true, hasColor: true).writeError("no such file")
        #expect(plain.text == "error: no such file\n")
        #expect(colored.text == "\u{1B}[31merror:\u{1B}[0m no such file\n")
    }

    @Test func aStatusIsShownOnTerminalsOnly() {
        let captured = Captured()
        let output = captured.output()
        output.showStatus("50%")
        output.clearStatus()
        #expect(captured.text.isEmpty)
    }
}
