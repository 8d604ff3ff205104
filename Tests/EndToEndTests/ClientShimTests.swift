import Foundation
import Testing

/// services/reward/clients: the reward functions for trainers that take a Python function, called as TRL and verl call them.
@Suite(.enabled(if: Python.isInstalled && Curl.isInstalled, "python3, curl and zstd are needed")) struct ClientShimTests
{
    private static let clients = Checkout.url.appending(path: "services/reward/clients")

    private func service(_ configuration: String) throws -> RunningService {
        let folder = try TemporaryFolder()
        return try RunningService(.reward, ["--config", folder.write(configuration + "\n", to: "reward.yaml")])
    }

    /// The function's result as Python's JSON, or what it raised.
    private func run(_ module: String, _ call: String, _ url: String, setup: String = "") throws -> String {
        let outcome = try Python.run(
            """
            import asyncio, json
            from \(module) import *
            logged = {}
            url = "\(url)"
            \(setup)
            try:
                result = asyncio.run(\(call))
            except Exception as error:
                result = f"{type(error).__name__}: {error}"
            print(json.dumps([result, logged], sort_keys=True))
            """, modules: Self.clients)
        #expect(outcome.status == 0, "\(outcome.error)")
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func trl(_ url: String, _ options: String = "", _ columns: String, setup: String = "") throws -> String {
        try run(
            "stepwise_trl",
            "stepwise_reward(url\(options))(completion_ids=None, trainer_state=None, log_extra=None, log_metric=logged.__setitem__, \(columns))",
            url, setup: setup)
    }

    // MARK: TRL: lists in, a list out, None for what could not be scored

    /// Two prompts with three generations each, which TRL mixes with those of other prompts as it likes; one is too long to be scored.
    @Test func trlScoresABatchWithOneRequest() throws {
        let service = try service("limits: {maximumTextLength: 8}")
        let result = try trl(
            service.url, "",
            """
            prompts=["p", "q", "p", "q", "p", "q"], expert_step=["x = 2", "y", "x = 2", "y", "x = 2", "y"],
            completions=["<think>a</think>x = 2", "<think></think>y", "<think></think>x = 3",
                "y", "<think></think>123456789", "<think></think>z"]
            """)
        #expect(result == #"[[1, 1, 0.8, -1, null, 0], {"stepwise/errors": 1.0}]"#)
        let metrics = try Curl.run("", url: service.url + "/metrics").body
        #expect(
            metrics.contains(
                #"http_server_requests_total{method="POST",outcome="answered",route="/v1/score",status="200"} 1"# + "\n"
            ))
        #expect(metrics.contains(#"reward_groups_total{function="srl.similarity"} 2"# + "\n"))
    }

    @Test func trlsConversationsAndLabels() throws {
        let service = try service("{}")
        let result = try trl(
            service.url, #", parameters={"granularity": "word"}, column="target""#,
            """
            prompts=[[{"role": "user", "content": "q"}]] * 5 + ["..<think>\\n", "..<think>"],
            target=["a b c", {"expert_step": "a b c", "format": "action", "function": None}, 2,
                '{"expert_step": "#### 2", "function": "math.verify", "format": "opened"}', '{"a": 1}', "a", "a"],
            completions=[
                [{"role": "assistant", "content": "<think></think>a c"}], [{"role": "assistant", "content": "a c"}],
                [{"role": "assistant", "reasoning_content": "hm", "content": "2"}],
                [{"role": "assistant", "content": "so</think>2.0"}], [{"role": "assistant", "content": "<think></think>{\\"a\\": 1}"}],
                "m</think>a", "<think>m</think>a"]
            """)
        #expect(result == #"[[0.8, 0.8, 1, 1, 1, 1, -1], {"stepwise/errors": 0.0}]"#)
    }

    @Test func trlStopsWhenTheWholeRequestFails() throws {
        let service = try service("{}")
        let columns = #"prompts=["p"], completions=["c"], expert_step=["x"]"#
        let refused = try trl(service.url, #", function="srl.similarty""#, columns)
        #expect(refused.contains("RuntimeError: stepwise-reward at \(service.url) answered 422: "))
        #expect(refused.contains("there is no reward function 'srl.similarty'"))
        let gone = try trl("http://127.0.0.1:1", ", deadline=0.5", columns)
        #expect(gone.contains("RuntimeError: stepwise-reward at http://127.0.0.1:1 does not answer: "))
        #expect(try trl(service.url, "", #"prompts=["p"], completions=["c"]"#).contains("KeyError: 'expert_step'"))
    }

    /// As the service refuses them in other trainers' requests: a column that was forgotten must not train on anything.
    @Test(arguments: [
        (#""""#, "ValueError: a label is empty; it must carry the expert step"),
        ("None", "ValueError: a label is empty; it must carry the expert step"),
        (#"{"expert_step": "x", "fn": "format"}"#, "ValueError: a label has the unknown key 'fn'"),
        (#"{"function": "format"}"#, "KeyError: 'expert_step'"),
        (#"'{"expert_step": "x"'"#, "JSONDecodeError: "),
        (#"{"expert_step": ""}"#, "ValueError: a label's expert_step is ''; it must be text, and not empty"),
        (#"'{"expert_step": " "}'"#, "ValueError: a label's expert_step is ' '; it must be text, and not empty"),
        (#"{"expert_step": 2}"#, "ValueError: a label's expert_step is 2; it must be text, and not empty"),
        (
            #"{"expert_step": "x", "format": "text"}"#,
            "ValueError: the format 'text' is none of completion, opened, action"
        ),
        ("True", "ValueError: a label is True; it must be text, a finite number or an object with expert_step"),
        ("[2]", "ValueError: a label is [2]; it must be text, a finite number or an object with expert_step"),
        (#"float("nan")"#, "ValueError: a label is nan; it must be text, a finite number or an object"),
        (#"float("inf")"#, "ValueError: a label is inf; it must be text, a finite number or an object"),
    ])
    func labelsThatAreNoneAreRefused(label: String, message: String) throws {
        let columns = #"prompts=["p"], completions=["c"], expert_step=[\#(label)]"#
        #expect(try trl("http://127.0.0.1:1", ", deadline=0.1", columns).contains(message))
        let arguments = #"solution_str="c", deadline=0.1, ground_truth=\#(label)"#
        #expect(try verl("http://127.0.0.1:1", arguments).contains(message))
    }

    /// The service is told how long the trainer waits, and answers by then that it was not done.
    @Test func trlsDeadlineHolds() throws {
        let service = try service("programs: {stuck: {command: [sleep, '1000'], timeoutSeconds: 60}}")
        let result = try trl(
            service.url, #", function="external", deadline=0.5"#,
            #"prompts=["p"], completions=["<think></think>c"], expert_step=["x"]"#)
        #expect(result.contains("answered 504") || result.contains("does not answer"), "\(result)")
    }

    /// Labels that name several functions make several requests, which share the time that the trainer gives.
    @Test func trlsDeadlineIsForTheBatch() throws {
        let result = try trl(
            "http://127.0.0.1:1", "",
            #"prompts=["p", "q"], completions=["c", "d"], expert_step=["x", {"expert_step": "y", "function": "format"}]"#,
            setup: """
                import stepwise_trl, time
                ends = []
                def post(url, body, end):
                    ends.append(end)
                    logged.update(requests=len(ends), deadlines=len(set(ends)))
                    time.sleep(0.01)
                    return {"groups": [{"scores": [{"reward": 1}]}]}
                stepwise_trl._post = post
                """)
        #expect(result == #"[[1, 1], {"deadlines": 1, "requests": 2, "stepwise/errors": 0.0}]"#)
    }

    // MARK: verl: one response in, a dictionary out, always with the same keys

    private func verl(_ url: String, _ arguments: String) throws -> String {
        try run(
            "stepwise_verl",
            #"compute_score(data_source="d", extra_info={"num_turns": None}, url=url, reward_router_address=None, \#(arguments))"#,
            url)
    }

    @Test(arguments: [
        (#"solution_str="<think></think>x = 3", ground_truth="x = 2""#, "0.0", "0.8", "0.8"),
        (#"solution_str="x = 3", ground_truth="x = 2""#, "1.0", "-1", "0.0"),
        (#"solution_str="x = 3", ground_truth="x = 2", format="action""#, "0.0", "0.8", "0.8"),
        (#"solution_str="m</think>x", ground_truth={"expert_step": "x", "format": "opened"}"#, "0.0", "1", "1.0"),
        (
            #"solution_str="<think></think>2.0", ground_truth='{"expert_step": "2", "function": "math.verify"}'"#,
            "0.0", "1", "0.0"
        ),
        (#"solution_str="<think></think>72", ground_truth=72.0"#, "0.0", "1", "1.0"),
        (#"solution_str="<think></think>0.5", ground_truth=0.5"#, "0.0", "1", "1.0"),
    ])
    func verlGetsTheSameKeysAlways(arguments: String, violation: String, score: String, similarity: String) throws {
        let service = try service("{}")
        #expect(
            try verl(service.url, arguments)
                == #"[{"format_violation": \#(violation), "score": \#(score), "similarity": \#(similarity)}, {}]"#)
    }

    @Test func verlRaisesForWhatCannotBeScored() throws {
        let service = try service("limits: {maximumTextLength: 5}")
        let tooLong = try verl(service.url, #"solution_str="<think></think>123456", ground_truth="x""#)
        #expect(tooLong.contains("RuntimeError: stepwise-reward could not score a response of d: "))
        #expect(tooLong.contains("textTooLong"))
        let gone = try verl("http://127.0.0.1:1", #"solution_str="", ground_truth="x", deadline=0.5"#)
        #expect(gone.contains("RuntimeError: stepwise-reward at http://127.0.0.1:1 does not answer: "))
    }

    // MARK: Both

    @Test func formatsThatAreNoneAreRefused() throws {
        let message = "ValueError: the format 'complete' is none of completion, opened, action"
        let columns = #"prompts=["p"], completions=["c"], expert_step=["x"]"#
        #expect(try trl("http://127.0.0.1:1", #", format="complete""#, columns).contains(message))
        let arguments = #"solution_str="c", ground_truth="x", format="complete""#
        #expect(try verl("http://127.0.0.1:1", arguments).contains(message))
    }

    /// A shim is one file that is copied, so what they share is written twice, and held to be the same.
    @Test func whatTheyShareIsTheSame() throws {
        let parts = try ["stepwise_trl.py", "stepwise_verl.py"].map {
            try String(contentsOf: Self.clients.appending(path: $0), encoding: .utf8)
                .split(separator: "def _row(label", maxSplits: 1).last
        }
        #expect(parts[0] == parts[1] && parts[0]?.contains("def _post(") == true)
    }
}
