import Foundation
import ServiceAPI
import Testing

/// The service as OpenRLHF, slime and NeMo Gym meet it: their recorded requests, and what their code does with the answer.
@Suite(.enabled(if: Curl.isInstalled, "curl and zstd are needed")) struct DialectContractTests {
    private func service(_ configuration: String = "") throws -> RunningService {
        let folder = try TemporaryFolder()
        return try RunningService(.reward, ["--config", folder.write(configuration, to: "reward.yaml")])
    }

    // MARK: OpenRLHF raises for a status, checks the content type, and makes tensors of what it reads.

    @Test(arguments: Curl.Version.allCases)
    func openRLHF(version: Curl.Version) throws {
        let service = try service()
        let (answer, fields) = try Recording("openrlhf-one").send(to: service, version)
        #expect(answer.status == 200 && answer.version == version.reported)
        #expect(answer.contentType == "application/json" && fields["content-encoding"] == nil)
        #expect(answer.body == #"{"extra_logs":{"format_violation":[0],"similarity":[1]},"rewards":[1],"scores":[1]}"#)
        #expect(fields["stepwise-fingerprint"]?.hasPrefix("srl.similarity@") == true)
        // The second server of two gets no items, and the client waits for its answer.
        let empty = try Recording("openrlhf-empty").send(to: service, version).answer
        #expect(empty.status == 200 && empty.body == #"{"extra_logs":{},"rewards":[],"scores":[]}"#)
    }

    @Test func openRLHFsFilterNeverSeesLessThanZero() throws {
        let service = try service()
        let broken = try Recording("openrlhf-one").replacing("<think>3 - 1 is 2</think>", with: "")
        #expect(
            try broken.send(to: service).answer.body
                == #"{"extra_logs":{"format_violation":[1],"similarity":[0]},"rewards":[-1],"scores":[0]}"#)
    }

    /// OpenRLHF repeats whatever is refused, so that is found out before anything is scored.
    @Test func openRLHFsMistakesAreRefusedUnscored() throws {
        let service = try service()
        let request = try Recording("openrlhf-one")
        let step = #""So x = 2 \u2013 \u201ccaf\u00e9\u201d."]}"#
        for (changed, status, pointer) in [
            (
                try request.replacing(#""query": ["<|im_start|>user"#, with: #""query": ["<|im_start|>system"#), 422,
                "/query/0"
            ),
            (try request.replacing(step, with: #"""]}"#), 422, "/labels/0"),
            (try request.replacing(step, with: "]}"), 422, "/labels"),
            (try request.replacing(step, with: #"{"expert_step": "x", "function": "x"}]}"#), 422, "/labels/0"),
            (try request.replacing("]}", with: "]"), 400, nil as String?),
        ] {
            let (answer, fields) = try changed.send(to: service)
            #expect(answer.status == status && answer.contentType == "application/problem+json")
            #expect(fields["retry-after"] == nil)
            let problem = try ServiceJSON.decode(ProblemDetails.self, from: Array(answer.body.utf8))
            #expect(problem.pointer == pointer, "\(answer.body)")
        }
        #expect(try !Curl.run("", url: service.url + "/metrics").body.contains("reward_items_total{"))
    }

    @Test func labelsMayNameWhatTheyAreScoredBy() throws {
        let service = try service()
        let step = #""So x = 2 \u2013 \u201ccaf\u00e9\u201d."]}"#
        let label = #"{\"expert_step\": \"\\\\boxed{2.0}\", \"function\": \"math.verify\"}"#
        let request = try Recording("openrlhf-one").replacing(step, with: "\"\(label)\"]}")
            .replacing("So x = 2", with: #"So x = \\boxed{2}"#)
        let (answer, fields) = try request.send(to: service)
        #expect(answer.body == #"{"extra_logs":{"format_violation":[0],"similarity":[0]},"rewards":[1],"scores":[1]}"#)
        #expect(fields["stepwise-fingerprint"]?.hasPrefix("math.verify@") == true)
    }

    // MARK: slime takes the answer as it is, whatever it is, once its status is below 400.

    @Test(arguments: Curl.Version.allCases)
    func slime(version: Curl.Version) throws {
        let (numbers, objects) = (try service(), try service("dialects: {slimeAnswer: object}\n"))
        for name in ["slime-text", "slime-messages"] {
            let answer = try Recording(name).send(to: numbers, version).answer
            #expect(answer.status == 200 && answer.contentType == "application/json" && answer.body == "1")
            let object = try Recording(name).send(to: objects, version).answer
            #expect(object.body == #"{"format_violation":0,"score":1,"similarity":1}"#)
        }
    }

    @Test func slimesLabelsAreRequired() throws {
        let service = try service()
        let request = try Recording("slime-text")
            .replacing(#""label": "So x = 2 \u2013 \u201ccaf\u00e9\u201d.""#, with: #""label": null"#)
        let answer = try request.send(to: service).answer
        #expect(answer.status == 422 && answer.body.contains(#""pointer":"/label""#))
    }

    // MARK: NeMo Gym's agent seeds a session, verifies, and validates the answer as the request with a reward.

    @Test(arguments: Curl.Version.allCases)
    func gym(version: Curl.Version) throws {
        let service = try service()
        let seeded = try Recording("gym-seed-session").send(to: service, version).answer
        #expect(seeded.status == 200 && seeded.body == "{}")
        let request = try Recording("gym-verify")
        let verified = try request.send(to: service, version).answer
        #expect(verified.status == 200 && verified.contentType == "application/json")
        #expect(
            verified.body == request.body.dropLast()
                + #","reward":1,"reward_components":{"format_violation":0,"similarity":1},"format_violation":0,"similarity":1}"#
        )
        let mode = try Recording("gym-reverify-mode").send(to: service, version).answer
        #expect(mode.status == 200 && mode.body == #""stateless""#)
        let status = try Recording("gym-status").send(to: service, version).answer
        #expect(status.status == 200 && status.body == #"{"status":"ok"}"#)
        let aggregate = try Recording("gym-aggregate").send(to: service, version).answer
        let metrics = try ServiceJSON.decode(GymAggregateResponse.self, from: Array(aggregate.body.utf8))
        #expect(metrics.keyMetrics == ["mean/reward": 1] && metrics.groupLevelMetrics.count == 1)
    }

    /// With observability on, Gym puts the rollout's id before the path.
    @Test func gymObserved() throws {
        let service = try service()
        for name in ["gym-seed-session", "gym-verify"] {
            let request = try Recording(name)
            let plain = try request.send(to: service).answer
            let observed = try request.send(to: service, path: "/ng-rollout/3-1-a2" + request.path).answer
            #expect(observed.status == 200 && observed.body == plain.body)
        }
        let metrics = try Curl.run("", url: service.url + "/metrics").body
        #expect(metrics.contains(#"route="/ng-rollout/{rollout}/verify""#))
    }

    // MARK: None of them can be told that an item failed.

    /// What may pass another time is 503 with `Retry-After`, what may not is 4xx; and there is no number in either.
    @Test(arguments: ["openrlhf-one", "slime-text", "gym-verify"])
    func whatCannotBeScoredIsAStatus(name: String) throws {
        let request = try Recording(name)
        for (configuration, status, retryAfter) in [
            ("limits: {maximumTextLength: 5}", 413, nil as String?),
            ("dialects: {function: agent.action, format: action}", 422, nil),
            (
                "dialects: {function: external}\nprograms: {stuck: {command: [sleep, '1000'], timeoutSeconds: 1}}", 503,
                "1"
            ),
            (
                "dialects: {function: external}\nprograms: {wrong: {command: [sh, -c, 'while read x; do echo no; done']}}",
                500, nil
            ),
        ] {
            // An expert's call that is cut off, for agent.action.
            let changed = status == 422 ? try request.withExpertStep(#"<tool_call>{"#) : request
            let (answer, fields) = try changed.send(to: service(configuration + "\n"))
            #expect(answer.status == status, "\(configuration): \(answer.body)")
            #expect(answer.contentType == "application/problem+json")
            #expect(fields["retry-after"] == retryAfter)
            #expect(answer.body.contains("the item cannot be scored: "))
        }
    }

    @Test func whenTheServiceIsBusyItSaysSo() async throws {
        let service = try service(
            """
            server: {maximumRunningRequests: 1}
            dialects: {function: external}
            programs: {stuck: {command: [sleep, '1000'], timeoutSeconds: 10}}

            """)
        let url = service.url
        let request = try Recording("slime-text")
        let first = Task.detached { try request.send(toURL: url).answer.status }
        let isUnderWay = try await eventuallyBusy(url)
        #expect(isUnderWay)
        for name in ["openrlhf-one", "slime-text", "gym-verify"] {
            let (answer, fields) = try Recording(name).send(to: service)
            #expect(answer.status == 503 && fields["retry-after"] == "1", "\(answer.body)")
        }
        #expect(try await first.value == 503)
    }

    private func eventuallyBusy(_ url: String) async throws -> Bool {
        for _ in 0..<200 {
            if try Curl.run("", url: url + "/metrics").body.contains("http_server_requests_in_flight 2\n") {
                return true
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    // MARK: Configuration

    @Test(arguments: [
        ("dialects: {function: srl.similarty}", "'dialects.function': there is no reward function 'srl.similarty'"),
        ("dialects: {parameters: {autojunk: 1}}", "'dialects.parameters.autojunk': "),
        ("dialects: {format: text}", "bad.yaml:1: 'text' is not one of the values of 'dialects.format'"),
        ("dialects: {slime: number}", "bad.yaml:1: unknown key 'slime' in 'dialects'"),
    ])
    func mistakesInTheConfigurationAreNamed(yaml: String, message: String) throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(yaml + "\n", to: "bad.yaml")
        let outcome = try Executable.reward.run(["serve", "--port", "0", "--config", "bad.yaml"], in: folder.url)
        #expect(outcome.status == 78 && outcome.error.hasPrefix("error: " + message), "\(outcome.error)")
    }

    @Test func theConfigurationIsPrintedWhole() throws {
        let folder = try TemporaryFolder()
        let yaml = "dialects: {function: math.verify, parameters: {strict: false, floatRounding: 4}, format: opened}\n"
        _ = try folder.write(yaml, to: "reward.yaml")
        let outcome = try Executable.reward.run(
            ["serve", "--print-config", "--config", "reward.yaml"], in: folder.url)
        for line in ["function: math.verify", "strict: false", "floatRounding: 4", "format: opened", "- <|im_end|>"] {
            #expect(
                outcome.output.withoutOrigins.contains(line + "\n"), "\(line): \(outcome.output)\(outcome.error)")
        }
        _ = try folder.write(outcome.output, to: "again.yaml")
        let again = try Executable.reward.run(["serve", "--print-config", "--config", "again.yaml"], in: folder.url)
        // Parameters have no order.
        #expect(
            again.output.withoutOrigins.split(separator: "\n").sorted()
                == outcome.output.withoutOrigins.split(separator: "\n").sorted())
    }
}

extension Recording {
    /// The recording with another expert step, in whichever place it is.
    fileprivate func withExpertStep(_ step: String) throws -> Recording {
        var value = try ServiceJSON.decode([String: JSONValue].self, from: Array(body.utf8))
        for key in ["label", "expert_step"] where value[key] != nil { value[key] = .string(step) }
        if value["labels"] != nil { value["labels"] = .array([.string(step)]) }
        var changed = self
        changed.body = String(decoding: try ServiceJSON.encode(value), as: UTF8.self)
        return changed
    }
}
