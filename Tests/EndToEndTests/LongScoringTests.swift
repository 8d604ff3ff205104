import Foundation
import ServiceAPI
import Testing

/// Requests that take minutes to score, on all cores: others are answered meanwhile.
@Suite(.enabled(if: Curl.isInstalled, "curl and zstd are needed")) struct LongScoringTests {
    @Test func healthIsAnsweredMeanwhile() throws {
        let service = try RunningService(.reward)
        let folder = try TemporaryFolder()
        // Two letters in no order: hardly anything matches for long, and everything a little.
        var state: UInt32 = 1
        func text(_ count: Int) -> String {
            String(
                (0..<count).map { _ in
                    state = state &* 1_664_525 &+ 1_013_904_223
                    return state >> 31 == 0 ? "a" : "b"
                } as [Character])
        }
        let actions = (0..<60).map { _ in "\"\(text(30_000))\"" }.joined(separator: ",")
        let request =
            #"{"function": "srl.similarity", "groups": [{"id": "g", "expert": "\#(text(30_000))", "actions": [\#(actions)]}]}"#
        let file = try folder.write(request, to: "request.json")
        let asking = try (0..<4).map { _ in
            let process = Process()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = [
                "-c", "curl -s --http2-prior-knowledge --data-binary @'\(file)' -o /dev/null '\(service.url)/v1/score'",
            ]
            try process.run()
            return process
        }
        defer { for process in asking where process.isRunning { process.terminate() } }
        var underWay = 0
        for _ in 0..<200 where underWay < 4 {
            let metrics = try Curl.run("", url: service.url + "/metrics")
            #expect(metrics.status == 200)
            let name = "http_server_requests_in_flight "
            let line = metrics.body.split(separator: "\n").first { $0.hasPrefix(name) }
            // Without the one that asks.
            let all: Double = try #require(Double(line?.dropFirst(name.count) ?? ""))
            underWay = Int(all) - 1
            usleep(20_000)
        }
        #expect(underWay == 4)
        #expect(try Curl.run("", url: service.url + "/healthz").status == 200)
        // They are no longer asked for: the work is dropped, and the service ends.
        for process in asking { process.terminate() }
        #expect(try service.stop() == 0)
    }
}
