import Foundation
import ServiceAPI
import Testing

/// What an operator sees of requests: log lines with trace and request id, and the histograms of /metrics.
@Suite(.enabled(if: Curl.isInstalled, "curl and zstd are needed")) struct RequestLogTests {
    private static let message =
        #"{"function": "srl.similarity", "groups": [{"id": "g", "expert": "x = 2", "actions": ["x = 2", "x = 3", ""]}]}"#

    @Test func eachRequestIsALineWithItsTraceAndID() throws {
        let folder = try TemporaryFolder()
        let config = try folder.write("server: {accessLog: true}\nlogging: {format: json}\n", to: "r.yaml")
        let service = try RunningService(.reward, ["--config", config])
        let trace = "0af7651916cd43dd8448eb211c80319c"
        let answer = try Curl.run(
            "-H 'traceparent: 00-\(trace)-b7ad6b7169203331-01' -H 'x-request-id: mine-7' -d @-",
            url: service.url + "/v1/score", input: Self.message)
        #expect(answer.status == 200)
        #expect(try service.stop() == 0)
        let lines = try String(contentsOf: service.log, encoding: .utf8).split(separator: "\n").map {
            try ServiceJSON.decode([String: JSONValue].self, from: Array($0.utf8))
        }
        let line = try #require(lines.first { $0["message"] == "request finished" }, "\(lines)")
        #expect(line["trace_id"] == .string(trace) && line["parent_id"] == "b7ad6b7169203331")
        #expect(line["http.request_id"] == "mine-7" && line["http.status"] == 200 && line["http.path"] == "/v1/score")
        #expect(line["http.request_bytes"] == .number(Double(Self.message.utf8.count)))
        guard case .string(let span)? = line["span_id"], case .number? = line["duration.ms"] else {
            Issue.record("\(line)")
            return
        }
        #expect(span.count == 16 && span != "b7ad6b7169203331")
    }

    /// A trainer's batches are one trace each, which its log and the server's share.
    @Test func aTrainersBatchIsFoundInTheServersLog() throws {
        let folder = try TemporaryFolder()
        let config = try folder.write("server: {accessLog: true}\n", to: "r.yaml")
        let service = try RunningService(.reward, ["--config", config])
        var training = try SmallTraining()
        training.policySteps = 2
        training.rewardURL = service.url
        try training.writeConfiguration()
        let outcome = try Executable.trainer.run(
            ["train", "--config", "config.yaml", "--output", "run", "--log-level", "debug"], in: training.folder.url)
        #expect(outcome.status == 0)
        let line = try #require(
            outcome.error.split(separator: "\n").first { $0.contains("scoring a batch") && $0.contains("step-21/0") })
        let trace = try #require(line.firstMatch(of: /trace_id=([0-9a-f]{32})/)).1
        #expect(try service.stop() == 0)
        let log = try String(contentsOf: service.log, encoding: .utf8)
        #expect(
            log.split(separator: "\n").contains {
                $0.contains("http.path=/v1/score") && $0.contains("trace_id=\(trace)")
            })
    }

    @Test func theLastLineOfAFailureIsJSONToo() throws {
        let service = try RunningService(.reward)
        let outcome = try Executable.reward.run(["serve", "--port", "\(service.port)", "--log-format", "json"])
        #expect(outcome.status == 71)
        let line = try ServiceJSON.decode([String: JSONValue].self, from: Array(outcome.error.utf8))
        #expect(line["level"] == "error" && line["logger"] == "stepwise-reward")
    }

    /// Buckets grow, the last one counts all, and what was sent is counted where it belongs.
    @Test func histogramsAreWhole() throws {
        let service = try RunningService(.reward)
        for _ in 0..<3 { _ = try Curl.run("-d @-", url: service.url + "/v1/score", input: Self.message) }
        // A request is counted just after its answer has gone out.
        var text = ""
        try #require(
            eventually {
                text = (try? Curl.run("", url: service.url + "/metrics").body) ?? ""
                return text.contains(#"http_server_request_body_bytes_count{route="/v1/score"} 3"#)
            }, "\(text)")
        for line in [
            #"reward_batch_items_bucket{function="srl.similarity",le="2"} 0"#,
            #"reward_batch_items_bucket{function="srl.similarity",le="4"} 3"#,
            #"reward_batch_items_sum{function="srl.similarity"} 9"#,
            #"reward_scoring_seconds_count{function="srl.similarity"} 3"#,
            #"reward_decode_seconds_count{function="srl.similarity"} 3"#,
            #"reward_encode_seconds_count{function="srl.similarity"} 3"#,
            #"http_server_request_body_bytes_sum{route="/v1/score"} \#(3 * Self.message.utf8.count)"#,
            #"http_server_request_queue_seconds_count{route="/v1/score"} 3"#,
            #"http_server_response_body_bytes_bucket{route="/v1/score",le="1024"} 3"#,
            #"http_server_response_compression_seconds_count{route="/v1/score"} 3"#,
        ] { #expect(text.contains(line + "\n"), "\(line) is not in\n\(text)") }
        try expectHistograms(text)
    }

    private func expectHistograms(_ text: String) throws {
        var last: (series: Substring, count: Double)?
        var counts: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let cut = try #require(line.lastIndex(of: " "))
            let (name, value) = (line[..<cut], try #require(Double(line[line.index(after: cut)...])))
            if let bucket = name.firstRange(of: "_bucket{") {
                let series = name[..<bucket.lowerBound] + name[bucket.upperBound...].replacing(/,?le="[^"]*"/, with: "")
                if let last, last.series == series { #expect(value >= last.count, "\(line)") }
                last = (series, value)
                if name.contains(#"le="+Inf""#) { counts[String(series)] = value }
            } else if let count = name.firstRange(of: "_count{") {
                let series = name[..<count.lowerBound] + name[count.upperBound...]
                #expect(counts[String(series)] == value, "\(line)")
            }
        }
        #expect(counts.count > 8)
    }
}
