import Foundation
import HTTPTypes
import Logging
import ServiceAPI
import Testing
import Transport

/// `stepwise-reward conform`: what passes and what does not, and why.
@Suite struct ConformTests {
    private func conform(_ arguments: [String]) async throws -> Executable.Outcome {
        let folder = try TemporaryFolder()
        let (output, error) = (try folder.write("", to: "output"), try folder.write("", to: "error"))
        let process = try Executable.reward.process(["conform"] + arguments)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: error))
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        try #require(try await soon(within: 120) { !process.isRunning }, "conform did not end")
        return Executable.Outcome(
            status: process.terminationStatus, output: try String(contentsOfFile: output, encoding: .utf8),
            error: try String(contentsOfFile: error, encoding: .utf8))
    }

    @Test(arguments: ["srl.similarity", "srl.trajectory", "agent.action", "combine"])
    func ourOwnServerConforms(function: String) async throws {
        let service = try RunningService(.reward)
        let outcome = try await conform(["--url", service.url, "--function", function])
        #expect(outcome.status == 0 && outcome.output.contains(" passed, 0 failed, 0 not tried\n"), "\(outcome.output)")
        #expect(outcome.error == "")
        #expect(try service.stop() == 0)
    }

    struct Fault: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// What stands in the table.
        let finding: String
        let answer: RewardProxy.Behaviour

        init(_ finding: String, because what: String, _ answer: @escaping RewardProxy.Behaviour) {
            testDescription = what
            self.finding = finding
            self.answer = answer
        }
    }

    static let faults = [
        Fault("groups stand in the request's order", because: "groups come back in reverse") { _, answer in
            try .json(ScoreResponse(fingerprint: answer.fingerprint, groups: answer.groups.reversed()))
        },
        Fault("POST /v1/score answers a score response", because: "a score is missing") { _, answer in
            var answer = answer
            for index in answer.groups.indices { answer.groups[index].scores = answer.groups[index].scores.dropLast() }
            return try .json(answer)
        },
        Fault("the same request gets the same scores", because: "rewards are random") { _, answer in
            var answer = answer
            for index in answer.groups.indices {
                answer.groups[index].scores = answer.groups[index].scores.map { _ in
                    .scored(reward: .random(in: 0...1), components: [:])
                }
            }
            return try .json(answer)
        },
        Fault("it does not depend on what is scored", because: "fingerprints are numbered") { call, answer in
            try .json(ScoreResponse(fingerprint: "\(call)", groups: answer.groups))
        },
        Fault("an answer is compressed only for who accepts zstd", because: "it says that every answer is zstd") {
            _, answer in
            var response = try ServerResponse.json(answer)
            response.headers[.contentEncoding] = "zstd"
            return response
        },
        Fault("POST /v1/score answers a score response", because: "it writes null for what is absent") { _, answer in
            let text = String(decoding: try ServiceJSON.encode(answer), as: UTF8.self)
                .replacing("\"status\":\"scored\"", with: "\"status\":\"scored\",\"note\":null")
            return ServerResponse(headers: [.contentType: "application/json"], body: .bytes(Array(text.utf8)))
        },
        Fault("POST /v1/score answers a score response", because: "it is a web page") { _, _ in
            .text("<html></html>", contentType: "text/html")
        },
        Fault("a completion without a well-formed monologue is a formatViolation", because: "it is forgiving") {
            _, answer in
            var answer = answer
            for index in answer.groups.indices {
                answer.groups[index].scores = answer.groups[index].scores.map {
                    $0.status == .formatViolation ? .scored(reward: 0, components: [:]) : $0
                }
            }
            return try .json(answer)
        },
    ]

    @Test(arguments: faults)
    func faultsAreFound(_ fault: Fault) async throws {
        let service = try RunningService(.reward)
        try await RewardProxy.with(service, fault.answer) { proxy in
            let outcome = try await conform(["--url", proxy.url, "--timeout", "10", "--function", "srl.similarity"])
            #expect(outcome.status == 1)
            let line = outcome.output.split(separator: "\n").first { $0.contains(fault.finding) }
            #expect(line?.contains(" FAIL ") == true, "\(outcome.output)")
        }
    }

    @Test func nobodyIsThere() async throws {
        let outcome = try await conform(["--url", "http://127.0.0.1:9"])
        #expect(outcome.status == 69 && outcome.output == "")
        #expect(outcome.error.hasPrefix("error: GET http://127.0.0.1:9/v1/rewards failed"), "\(outcome.error)")
    }

    // MARK: The server of docs/own-server.md

    private static let packages = ["hypercorn", "pydantic", "starlette", "zstandard"]

    /// A Python that has what the server needs: that of STEPWISE_PYTHON, or python3.
    private func python() throws -> (command: String, problem: String?) {
        let command = ProcessInfo.processInfo.environment["STEPWISE_PYTHON"] ?? "python3"
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [command, "-c", "import " + Self.packages.joined(separator: ", ")]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        guard process.ends(within: 30) else { return (command, "\(command) does not end") }
        return (command, process.terminationStatus == 0 ? nil : "\(command) lacks one of \(Self.packages)")
    }

    @Test func theDocumentedServerHasSixtyLinesAndIsOnItsPage() throws {
        let docs = Checkout.url.appending(path: "docs")
        let code = try String(contentsOf: docs.appending(path: "own-server.py"), encoding: .utf8)
        #expect(code.split(separator: "\n").count <= 60)
        let page = try String(contentsOf: docs.appending(path: "own-server.md"), encoding: .utf8)
        #expect(page.contains("pip install \(Self.packages.joined(separator: " "))"))
        // What the page shows is what the file has.
        let blocks = page.components(separatedBy: "```python\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(!blocks.isEmpty)
        for block in blocks { #expect(code.contains(block), "\(block)") }
    }

    @Test func theDocumentedServerConformsAndTrains() async throws {
        let (command, problem) = try python()
        if let problem {
            print("skipped: \(problem); STEPWISE_PYTHON can name another")
            return
        }
        let (server, url) = try start(command)
        defer { kill(server.processIdentifier, SIGKILL) }
        let client = try HTTPClient(
            configuration: ClientConfiguration(urls: [url], deadline: .seconds(30), retries: .untilDeadline),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let listing = try await client.get(ServicePath.rewards, as: RewardListing.self)
        await client.shutdown()
        #expect(listing.functions.map(\.name) == ["words.overlap"])
        let outcome = try await conform(["--url", url])
        #expect(outcome.status == 0 && outcome.output.contains(" 0 failed, 0 not tried"), "\(outcome.output)")

        var training = try SmallTraining()
        training.policySteps = 2
        training.rewardURL = url
        training.rewardFunction = "words.overlap"
        let trained = try training.train("run")
        #expect(trained.status == 0, "\(trained.error)")
        #expect(try training.metrics("run").last?["rewardFingerprint"] == .string(listing.functions[0].fingerprint))
    }

    /// Starts it on a port that was free a moment ago.
    private func start(_ python: String) throws -> (Process, String) {
        let free = try RunningService(.reward)
        let port = free.port
        _ = try free.stop()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        // Without workers of its own, which a signal to their parent would leave behind.
        process.arguments = [
            python, "-m", "hypercorn", "own-server:app", "--workers", "0", "--bind", "127.0.0.1:\(port)",
        ]
        process.currentDirectoryURL = Checkout.url.appending(path: "docs")
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return (process, "http://127.0.0.1:\(port)")
    }
}
