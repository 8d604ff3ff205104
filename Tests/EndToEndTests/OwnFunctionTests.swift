import Foundation
import ServiceAPI
import Testing

/// The program of docs/own-function.md, run as the page says.
@Suite struct OwnFunctionTests {
    private static let page = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/own-function.md")

    /// The first block of code in `language`.
    private func block(_ language: String) throws -> String {
        let page = try String(contentsOf: Self.page, encoding: .utf8)
        let blocks = page.components(separatedBy: "```\(language)\n")
        return try #require(blocks.dropFirst().first?.components(separatedBy: "```").first)
    }

    @Test func theDocumentedProgramScores() throws {
        guard Python.isInstalled else {
            print("skipped: python3 is not here")
            return
        }
        let folder = try TemporaryFolder()
        _ = try folder.write(try block("python"), to: "overlap.py")
        _ = try folder.write(try block("yaml"), to: "reward.yaml")
        let groups = #"{"id": "g1", "expert": "a b c", "actions": ["a b", "c", ""]}"#
        let outcome = try Executable.reward.run(
            ["score", "--config", "reward.yaml", "--function", "external", "--parameters", #"{"program": "overlap"}"#],
            input: Data(groups.utf8), in: folder.url)
        #expect(outcome.status == 0, "\(outcome.error)")
        let scored = try ServiceJSON.decode(ScoredGroup.self, from: Array(outcome.output.utf8))
        let rewards: [Double?] = [2.0 / 3, 1.0 / 3, -1]
        #expect(scored.scores.map(\.reward) == rewards)
        // The page shows this very answer.
        let page = try String(contentsOf: Self.page, encoding: .utf8)
        #expect(page.contains(outcome.output))
    }

    /// Over HTTP: a program that hangs holds up nothing else, and what it did not score is an error.
    @Test(.enabled(if: Curl.isInstalled, "curl and zstd are needed"))
    func aHangingProgramHoldsUpNothingElse() async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write(
            "programs: {stuck: {command: [sleep, '1000'], timeoutSeconds: 3, workers: 8}}\n", to: "reward.yaml")
        let service = try RunningService(.reward, ["--config", config])
        func score(_ function: String) throws -> ScoreResponse {
            let answer = try Curl.run(
                "-d @-", url: service.url + "/v1/score",
                input: #"{"function": "\#(function)", "groups": [{"id": "g", "expert": "a", "actions": ["a"]}]}"#)
            return try ServiceJSON.decode(ScoreResponse.self, from: Array(answer.body.utf8))
        }
        let url = service.url
        let stuck = (0..<6).map { _ in
            Task.detached {
                try Curl.run(
                    "-d @-", url: url + "/v1/score",
                    input: #"{"function": "external", "groups": [{"id": "g", "expert": "a", "actions": ["a"]}]}"#
                ).body
            }
        }
        let quick = try score("srl.similarity")
        #expect(quick.groups[0].scores[0].reward == 1)
        for task in stuck {
            let response = try ServiceJSON.decode(ScoreResponse.self, from: Array(try await task.value.utf8))
            guard case .error(let error) = response.groups[0].scores[0] else {
                Issue.record("\(response)")
                continue
            }
            #expect(error.code == "externalTimeout")
        }
        #expect(try service.stop() == 0)
    }
}
