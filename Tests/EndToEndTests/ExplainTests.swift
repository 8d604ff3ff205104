import Foundation
import ServiceAPI
import Testing

/// `stepwise-reward explain` as a person runs it.
@Suite struct ExplainTests {
    private func explain(_ arguments: [String], input: String = "", in folder: URL? = nil) throws -> Executable.Outcome
    {
        try Executable.reward.run(["explain"] + arguments, input: Data(input.utf8), in: folder)
    }

    private func lines(_ arguments: [String]) throws -> [String] {
        let outcome = try explain(arguments)
        #expect(outcome.status == 0 && outcome.error == "")
        return outcome.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func showsTheScoreAndWhatMatchesBetweenMarks() throws {
        let lines = try lines(["x = 3", "x = 2"])
        #expect(
            lines.starts(with: [
                "reward 0.8, srl.similarity", "  similarity  0.8", "", "2M/T = 2 * 4 / (5 + 5) = 0.8, in characters",
                "[between these] they match", "", "action", "  [x = ]3", "", "expert step", "  [x = ]2", "",
            ]), "\(lines.joined(separator: "\n"))")
        #expect(lines.contains { $0.hasPrefix("    0       0       0       4  \"x = ") }, "\(lines)")
        #expect(lines.contains("srl.similarity@1+46293909cd2e067b"))
    }

    /// Nobody takes the text's own brackets for marks.
    @Test func marksAreSignsThatTheTextsDoNotHave() throws {
        #expect(try lines(["a[0]", "a[1]"]).contains("  {a[}0{]}"))
        #expect(try lines(["{[<a", "b"]).contains("  {[<a"))
        #expect(try lines(["{[<a", "a"]).contains("  {[<[[a]]"))
    }

    @Test func coloursWhereItIsAskedFor() throws {
        let coloured = try explain(["x = 3", "x = 2", "--color", "always"]).output
        #expect(coloured.contains("  \u{1B}[32mx = \u{1B}[0m\u{1B}[31m3\u{1B}[0m\n"))
        #expect(coloured.contains("  \u{1B}[32mx = \u{1B}[0m\u{1B}[33m2\u{1B}[0m\n"))
        #expect(!(try explain(["x = 3", "x = 2"]).output.contains("\u{1B}")))
    }

    @Test func comparesByWordsAndLines() throws {
        #expect(
            try lines(["so x is 3", "x is 2", "--parameters", #"{"granularity": "word"}"#]).contains("  so [x is] 3"))
        #expect(
            try lines(["a\nb\nc", "b\nc", "--parameters", #"{"granularity": "line"}"#])
                .contains("2M/T = 2 * 2 / (3 + 2) = 0.8, in lines"))
    }

    @Test func readsFilesAndStandardInput() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("x = 2\n", to: "expert.txt")
        let outcome = try explain(
            ["--completion", "--action-file", "-", "--expert-file", "expert.txt", "--json"],
            input: "<think>hm</think>x = 3\n", in: folder.url)
        #expect(outcome.status == 0, "\(outcome.error)")
        let response = try ServiceJSON.decode(ExplainResponse.self, from: Array(outcome.output.utf8))
        #expect(response.score.reward == 0.8)
        #expect(response.comparisons[0].blocks == [MatchingBlock(action: 0, expert: 0, count: 4)])
        let mixed = try explain(["x = 2", "--expert-file", "expert.txt"], in: folder.url)
        #expect(mixed.output.hasPrefix("reward 1, srl.similarity\n"))
    }

    @Test func saysWhatIsWrong() throws {
        let one = try explain(["x"])
        #expect(
            one.status == 64
                && one.error.contains("Two texts are needed, the action and the expert step, and 1 are given."))
        let name = try explain(["x", "y", "--function", "srl.similarly"])
        #expect(
            name.status == 64
                && name.error.hasPrefix("error: --function /function: there is no reward function 'srl.similarly'"))
        let parameter = try explain(["x", "y", "--parameters", #"{"granularity": "words"}"#])
        #expect(
            parameter.status == 64 && parameter.error.hasPrefix("error: --parameters /parameters/granularity: 'words'"))
        let missing = try explain(["x", "--expert-file", "/no/such"])
        #expect(missing.status == 66 && missing.error.contains("/no/such: no such file"))
        let folder = try TemporaryFolder()
        try Data([0xFF, 0x61]).write(to: folder.url.appending(path: "latin1.txt"))
        let latin = try explain(["x", "--expert-file", "latin1.txt"], in: folder.url)
        #expect(latin.status == 65 && latin.error == "error: latin1.txt: is not UTF-8 text\n")
    }

    @Test func whatIsNotScoredEndsWithOne() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(String(repeating: "a", count: 40_000), to: "long.txt")
        let outcome = try explain(["--action-file", "long.txt", "x"], in: folder.url)
        #expect(outcome.status == 1 && outcome.output.hasPrefix("not scored by srl.similarity: textTooLong: "))
        let violation = try explain([" ", "x"])
        #expect(violation.status == 0)
        #expect(violation.output.hasPrefix("reward -1, srl.similarity: a format violation, emptyAction\n"))
    }
}
