import Foundation
import Testing

/// `--print-config` of all three: the layers in their order, where each value comes from, and that it can be fed back.
@Suite struct PrintConfigTests {
    private func run(
        _ executable: Executable, _ arguments: [String], _ environment: [String: String] = [:],
        in folder: TemporaryFolder
    ) throws -> (lines: [String], error: String) {
        let variables = environment.map { "\($0.key)='\($0.value)'" }.joined(separator: " ")
        let words = ([executable.url.path] + arguments).map { "'\($0)'" }.joined(separator: " ")
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "\(variables) \(words) > output 2> error"]
        process.currentDirectoryURL = folder.url
        try process.run()
        try #require(process.ends(within: 30))
        func read(_ name: String) throws -> String {
            try String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
        }
        let error = try read("error")
        #expect(process.terminationStatus == 0, "\(error)")
        return (try read("output").split(separator: "\n").map { String($0.replacing(#/ +# /#, with: " # ")) }, error)
    }

    /// Fed back, it prints the same values.
    private func expectStable(
        _ lines: [String], _ executable: Executable, _ command: String, in folder: TemporaryFolder
    ) throws {
        _ = try folder.write(lines.joined(separator: "\n"), to: "again.yaml")
        let again = try run(executable, [command, "--config", "again.yaml", "--print-config"], in: folder).lines
        func values(_ lines: [String]) -> [Substring] { lines.map { $0.split(separator: " # ")[0] } }
        #expect(values(again) == values(lines))
    }

    @Test func reward() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            "server: {port: 1}\nlimits:\n  maximumItems: 5\ndialects:\n  parameters: {autojunk: true}\n", to: "r.yaml")
        let (lines, error) = try run(
            .reward, ["serve", "--config", "r.yaml", "--host", "127.0.0.2", "--print-config"],
            [
                "STEPWISE_REWARD_SERVER_PORT": "2", "STEPWISE_REWARD_LIMITS_MAXIMUM_ITEM": "7",
                "STEPWISE_REWARD_LOGGING_FORMAT": "json", "STEPWISE_REWARD_SERVICE_HOST": "10.0.0.1",
            ], in: folder)
        for line in [
            "  host: 127.0.0.2 # --host", "  port: 2 # environment STEPWISE_REWARD_SERVER_PORT",
            "  maximumBodyBytes: 16777216 # default", "  format: json # environment STEPWISE_REWARD_LOGGING_FORMAT",
            "  maximumTextLength: 32768 # default", "  maximumItems: 5 # r.yaml:3", "tokenizers: {} # default",
            "    autojunk: true # r.yaml:5",
        ] { #expect(lines.contains(line), "\(line) is not in\n\(lines.joined(separator: "\n"))") }
        #expect(
            error == """
                warning: the environment variable STEPWISE_REWARD_LIMITS_MAXIMUM_ITEM is not used: there is no such key; \
                did you mean STEPWISE_REWARD_LIMITS_MAXIMUM_ITEMS?

                """)
        try expectStable(lines, .reward, "serve", in: folder)
    }

    /// What is fed back must not be a service that asks for less.
    @Test func securityFlags() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(String(repeating: "0123456789abcdef", count: 2) + "\n", to: "tokens")
        for (executable, arguments) in [(Executable.reward, ["serve"]), (.evaluator, ["serve"])] {
            let (lines, error) = try run(
                executable, arguments + ["--token-file", "tokens", "--print-config"], in: folder)
            #expect(lines.contains("  tokenFile: tokens # --token-file") && error == "", "\(lines) \(error)")
            try expectStable(lines, executable, "serve", in: folder)
        }
    }

    @Test func evaluator() throws {
        let folder = try TemporaryFolder()
        let (lines, error) = try run(
            .evaluator, ["serve", "--results", "kept", "--print-config"],
            ["STEPWISE_EVALUATOR_CHECKPOINT_ROOT": "runs", "STEPWISE_EVALUATOR_RESULTS": "elsewhere"], in: folder)
        for line in [
            "  port: 8081 # default", "checkpointRoot: runs # environment STEPWISE_EVALUATOR_CHECKPOINT_ROOT",
            "benchmarkRoot: . # default", "results: kept # --results",
        ] { #expect(lines.contains(line), "\(line) is not in\n\(lines.joined(separator: "\n"))") }
        #expect(error == "")
        try expectStable(lines, .evaluator, "serve", in: folder)
    }

    @Test func trainer() throws {
        let training = try SmallTraining()
        try training.writeConfiguration()
        let (lines, error) = try run(
            .trainer, ["train", "--config", "config.yaml", "--reward-url", "http://a:1", "--print-config"],
            ["STEPWISE_TRAINER_SEED": "9", "STEPWISE_TRAINER_CHECKPOINTS_KEEP_LAST": "5"], in: training.folder)
        for line in [
            "seed: 9 # environment STEPWISE_TRAINER_SEED", "  train: data.jsonl # config.yaml:2",
            "  - http://a:1 # --reward-url",
            "  interval: 7 # config.yaml:5", "  keepLast: 5 # environment STEPWISE_TRAINER_CHECKPOINTS_KEEP_LAST",
            "- method: sft # config.yaml:9",
        ] { #expect(lines.contains(line), "\(line) is not in\n\(lines.joined(separator: "\n"))") }
        #expect(error == "")
        try expectStable(lines, .trainer, "train", in: training.folder)
    }
}
