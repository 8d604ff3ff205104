import Foundation
import Logging
import ServiceKit
import Testing

@Suite struct TerminalLogHandlerTests {
    private let captured = Captured()

    private func logger(_ format: LogFormat, level: Logger.Level = .info, hasColor: Bool = false) -> Logger {
        let output = captured.output(hasColor: hasColor)
        return Logger(label: "stepwise-test") {
            TerminalLogHandler(label: $0, level: level, format: format, output: output)
        }
    }

    @Test func textHasTimeLevelLabelMessageAndSortedFields() throws {
        logger(.text).info("listening", metadata: ["url": "http://127.0.0.1:80", "a": "two words"])
        let line = try #require(captured.lines.first)
        let (time, rest) = (line.prefix(24), line.dropFirst(24))
        #expect(try Date(String(time), strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) <= Date())
        #expect(rest == " info stepwise-test: listening a=\"two words\" url=http://127.0.0.1:80")
    }

    @Test func nothingThatIsLoggedBeginsALineOrSendsControlCodes() {
        logger(.text).info("a\nb\u{1B}[31m", metadata: ["path": "x\r\ny\u{7}"])
        #expect(captured.lines.count == 1)
        #expect(captured.text.unicodeScalars.filter { $0.value < 0x20 } == ["\n"])
    }

    @Test func jsonIsOneObjectALine() throws {
        logger(.json).warning(
            "say \"hi\"\n", metadata: ["request.id": "7", "level": "mine", "list": ["a", "b"], "map": ["k": "\\"]])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(captured.text.utf8)) as? [String: Any])
        #expect(captured.lines.count == 1)
        #expect(object["level"] as? String == "warning")
        #expect(object["message"] as? String == "say \"hi\"\n")
        #expect(object["logger"] as? String == "stepwise-test")
        #expect(object["request.id"] as? String == "7")
        #expect(object["metadata.level"] as? String == "mine")
        #expect(object["list"] as? [String] == ["a", "b"])
        #expect(object["map"] as? [String: String] == ["k": "\\"])
    }

    @Test func levelsBelowTheChosenOneAreSilent() {
        let logger = logger(.text, level: .warning)
        logger.info("no")
        logger.error("yes")
        #expect(captured.lines.count == 1)
    }

    @Test func metadataOfTheLoggerAndOfTheLineBothShow() {
        var logger = logger(.text)
        logger[metadataKey: "run"] = "7"
        logger.info("x", metadata: ["step": "1"])
        #expect(captured.text.hasSuffix(" x run=7 step=1\n"))
    }
}
