import Foundation
import ServiceAPI
import Testing

/// `stepwise-reward` as people use it who have curl and no library of ours.
@Suite(.enabled(if: Curl.isInstalled, "curl and zstd are needed")) struct RewardServiceTests {
    /// Ratios are CPython 3.11's: `difflib.SequenceMatcher(None, action, expert, autojunk=False).ratio()`.
    private static let actions = #"""
        {"id": "g1", "expert": "x = 2", "actions": ["x = 2", "x = 3", "", "y", "2 = x"]}
        """#
    private static let completions = #"""
        {"id": "a/2", "expert": "12-3", "completions": ["<think>7+5</think>12-3", "<think></think>13-2", "12-3", "<think>12-3"]}
        """#
    private static let request = #"{"function": "srl.similarity", "groups": [\#(actions), \#(completions)]}"#

    private static let scores = [
        #"""
        {"id":"g1","scores":[{"components":{"similarity":1},"reward":1,"status":"scored"},\#
        {"components":{"similarity":0.8},"reward":0.8,"status":"scored"},\#
        {"reason":"emptyAction","reward":-1,"status":"formatViolation"},\#
        {"components":{"similarity":0},"reward":0,"status":"scored"},\#
        {"components":{"similarity":0.6},"reward":0.6,"status":"scored"}]}
        """#,
        #"""
        {"id":"a/2","scores":[{"components":{"similarity":1},"reward":1,"status":"scored"},\#
        {"components":{"similarity":0.5},"reward":0.5,"status":"scored"},\#
        {"reason":"missingOpeningTag","reward":-1,"status":"formatViolation"},\#
        {"reason":"unclosed","reward":-1,"status":"formatViolation"}]}
        """#,
    ]

    private func fingerprint(_ service: RunningService) throws -> String {
        let answer = try Curl.run("", url: service.url + "/v1/rewards")
        #expect(answer.status == 200)
        let listing = try ServiceJSON.decode(RewardListing.self, from: Array(answer.body.utf8))
        return try #require(listing.functions.first { $0.name == "srl.similarity" }).fingerprint
    }

    @Test(arguments: Curl.Version.allCases, [false, true])
    func scoresABatch(version: Curl.Version, isCompressed: Bool) throws {
        let service = try RunningService(.reward)
        let answer = try Curl.run(
            isCompressed ? "-H 'content-encoding: zstd' --data-binary @-" : "--data-binary @-",
            after: isCompressed ? "zstd" : "", version, url: service.url + "/v1/score", input: Self.request)
        #expect(answer.status == 200 && answer.version == version.reported)
        #expect(answer.contentType == "application/json")
        let expected =
            "{\"fingerprint\":\"\(try fingerprint(service))\",\"groups\":[\(Self.scores.joined(separator: ","))]}"
        #expect(answer.body == expected)
        #expect(try service.stop() == 0)
    }

    @Test func anAnswerIsCompressedWhenItIsAskedFor() throws {
        let service = try RunningService(.reward)
        let groups = (0..<200).map { #"{"id": "\#($0)", "expert": "x = \#($0)", "actions": ["x = 2", "y"]}"# }
        let request = #"{"function": "srl.similarity", "groups": [\#(groups.joined(separator: ","))]}"#
        let folder = try TemporaryFolder()
        let file = try folder.write(request, to: "request.json")
        let plain = try Curl.run("--data-binary @'\(file)'", url: service.url + "/v1/score")
        let unpacked = folder.url.appending(path: "unpacked").path
        let packed = folder.url.appending(path: "packed").path
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c",
            "curl -sS --http2-prior-knowledge -H 'accept-encoding: zstd' --data-binary @'\(file)' -o '\(packed)' '\(service.url)/v1/score' && zstd -q -d -o '\(unpacked)' < '\(packed)'",
        ]
        try process.run()
        try #require(process.ends(within: 40))
        #expect(process.terminationStatus == 0)
        #expect(FileManager.default.contents(atPath: unpacked) == Data(plain.body.utf8))
        let response = try ServiceJSON.decode(ScoreResponse.self, from: Array(plain.body.utf8))
        #expect(response.groups.map(\.id) == (0..<200).map(String.init))
    }

    @Test func anItemThatCannotBeScoredHasNoReward() throws {
        let folder = try TemporaryFolder()
        let config = try folder.write("limits: {maximumTextLength: 5}\n", to: "reward.yaml")
        let service = try RunningService(.reward, ["--config", config])
        let answer = try Curl.run(
            "-d @-", url: service.url + "/v1/score",
            input:
                #"{"function": "srl.similarity", "groups": [{"id": "g", "expert": "x = 2", "actions": ["x = 22", "x = 2"]}]}"#
        )
        #expect(
            answer.body.hasSuffix(
                #"""
                [{"error":{"code":"textTooLong","message":"the action has 6 code points; the limit maximumTextLength is 5"},\#
                "status":"error"},{"components":{"similarity":1},"reward":1,"status":"scored"}]}]}
                """#), "\(answer.body)")
    }

    @Test func parametersChangeScoresAndFingerprint() throws {
        let service = try RunningService(.reward)
        func score(_ parameters: String) throws -> ScoreResponse {
            let answer = try Curl.run(
                "-d @-", url: service.url + "/v1/score",
                input:
                    #"{"function": "srl.similarity", "parameters": \#(parameters), "groups": [{"id": "g", "expert": "a b c", "actions": ["a c"]}]}"#
            )
            return try ServiceJSON.decode(ScoreResponse.self, from: Array(answer.body.utf8))
        }
        let (standard, words) = (try score("{}"), try score(#"{"granularity": "word"}"#))
        #expect(standard.groups[0].scores[0].reward == 0.75 && words.groups[0].scores[0].reward == 0.8)
        #expect(standard.fingerprint == (try fingerprint(service)))
        #expect(standard.fingerprint != words.fingerprint)
        #expect(try score(#"{"autojunk": false}"#).fingerprint == standard.fingerprint)
    }

    @Test func healthReadinessAndMetrics() throws {
        let service = try RunningService(.reward)
        for version in Curl.Version.allCases {
            #expect(try Curl.run("", version, url: service.url + "/healthz").body == "ok\n")
            #expect(try Curl.run("", version, url: service.url + "/readyz").body == "ready\n")
        }
        _ = try Curl.run("-d @-", url: service.url + "/v1/score", input: Self.request)
        let metrics = try Curl.run("", url: service.url + "/metrics")
        #expect(metrics.contentType.hasPrefix("text/plain; version=0.0.4"))
        for line in [
            #"reward_items_total{function="srl.similarity",status="scored"} 6"#,
            #"reward_items_total{function="srl.similarity",status="formatViolation"} 3"#,
            #"reward_groups_total{function="srl.similarity"} 2"#,
        ] {
            #expect(metrics.body.contains(line + "\n"), "\(line) is not in\n\(metrics.body)")
        }
        let health = try Executable.reward.run(["health", "--url", service.url])
        #expect(health.status == 0 && health.output == "ready\n")
        #expect(try service.stop() == 0)
        #expect(try Executable.reward.run(["health", "--url", service.url]).status == 1)
    }

    /// The second half of the body is sent after the signal.
    @Test(arguments: Curl.Version.allCases)
    func sigtermFinishesWhatIsUnderWay(version: Curl.Version) throws {
        let service = try RunningService(.reward)
        let answer = try Curl.run(
            "-X POST -T -",
            after: """
                (sleep 1; kill -TERM \(service.process.processIdentifier)) & { head -c 40; sleep 2; cat; }
                """.trimmingCharacters(in: .newlines), version, url: service.url + "/v1/score", input: Self.request)
        #expect(answer.status == 200)
        #expect(answer.body.hasSuffix(",\"groups\":[\(Self.scores.joined(separator: ","))]}"))
        try #require(service.process.ends(within: 20))
        #expect(service.process.terminationStatus == 0)
    }

    @Test func scoreOnTheCommandLineIsTheSame() throws {
        let folder = try TemporaryFolder()
        let input = Self.actions + "\n\n" + Self.completions + "\n"
        _ = try folder.write(input, to: "groups.jsonl")
        let expected = Self.scores.joined(separator: "\n") + "\n"
        let fromFile = try Executable.reward.run(["score", "groups.jsonl"], in: folder.url)
        #expect(fromFile.status == 0 && fromFile.output == expected)
        #expect(fromFile.error.hasPrefix("2 groups, 9 items: 6 scored, 3 format violations, 0 errors; "))
        let fromStandardInput = try Executable.reward.run(["score", "-"], input: Data(input.utf8))
        #expect(fromStandardInput.status == 0 && fromStandardInput.output == expected)
        let toFile = try Executable.reward.run(["score", "groups.jsonl", "-o", "scores.jsonl"], in: folder.url)
        #expect(toFile.status == 0 && toFile.output == "")
        #expect(try String(contentsOf: folder.url.appending(path: "scores.jsonl"), encoding: .utf8) == expected)
    }
}
