import Foundation
import HTTPTypes
import Logging
import ServiceAPI
import Testing
import Transport
import Zstandard

/// Bad input of every kind gets one clear message that says what and where, and leaves nothing behind (issue 2, "Bad input").
@Suite struct BadInputTests {
    // MARK: Configuration and data of the trainer

    @Test func aConfigurationKeyThatDoesNotExist() throws {
        var training = try SmallTraining()
        training.extraLines = "rolloutLogIntervall: 3"
        try expectRefusal(
            training, status: 78,
            "config.yaml:7: unknown key 'rolloutLogIntervall'; did you mean 'rolloutLogInterval'?")
    }

    @Test func aServiceConfigurationKeyThatDoesNotExist() throws {
        let folder = try TemporaryFolder()
        let config = try folder.write("server:\n  prot: 8080\n", to: "reward.yaml")
        for executable in [Executable.reward, .evaluator] {
            let outcome = try executable.run(["serve", "--config", config])
            #expect(outcome.status == 78)
            #expect(outcome.error == "error: \(config):2: unknown key 'prot' in 'server'; did you mean 'port'?\n")
        }
    }

    @Test func aMalformedLineOfTrajectories() throws {
        var training = try SmallTraining()
        _ = try training.folder.write(
            #"{"id": "a", "problem": "1+2+3", "steps": ["3+3", "6"], "answer": "6"}"# + "\n{\"id\": \n", to: "bad.jsonl"
        )
        training.dataFile = "bad.jsonl"
        try expectRefusal(training, status: 65, "bad.jsonl:2: the line is not valid JSON: it ends too early")
    }

    @Test func aLineOfTrajectoriesOfTheWrongShape() throws {
        var training = try SmallTraining()
        _ = try training.folder.write(#"{"id": "a", "problem": 3, "steps": ["3"]}"# + "\n", to: "bad.jsonl")
        training.dataFile = "bad.jsonl"
        try expectRefusal(training, status: 65, "bad.jsonl:1: /problem: expected a string, found a number")
    }

    @Test func anEmptyDataSet() throws {
        var training = try SmallTraining()
        _ = try training.folder.write("\n", to: "empty.jsonl")
        training.dataFile = "empty.jsonl"
        try expectRefusal(training, status: 1, "empty.jsonl: the file holds no trajectories")
    }

    @Test func aDataSetWithoutAnythingToTrainOn() throws {
        var training = try SmallTraining()
        _ = try training.folder.write(
            #"{"id": "a", "problem": "1", "steps": ["1"]}"# + "\n", to: "short.jsonl")
        training.dataFile = "short.jsonl"
        try expectRefusal(training, status: 65, "'phases[0]': 1 trajectories give no step instances (a: ")
    }

    @Test func aTruncatedSafetensorsFile() throws {
        var training = try SmallTraining()
        training.supervisedSteps = 1
        try #require(try training.train("whole").status == 0)
        let folder = training.path(of: "damaged")
        try FileManager.default.copyItem(atPath: training.path(of: "whole/checkpoints/step-1"), toPath: folder)
        let weights = try FileHandle(forUpdating: URL(filePath: folder + "/model.safetensors"))
        let size = try weights.seekToEnd()
        try weights.truncate(atOffset: size - 100)
        try weights.close()

        training.checkpoint = "damaged"
        let message = "damaged/model.safetensors: tensor "
        try expectRefusal(training, status: 65, message)
        let outcome = try Executable.evaluator.run(
            ["run", "--checkpoint", "damaged", "--benchmark", "data.jsonl", "--output", "evaluations"],
            in: training.folder.url)
        #expect(outcome.status == 65)
        #expect(outcome.error.hasPrefix("error: \(message)") && outcome.error.contains("the file is truncated"))
        #expect(!training.exists("evaluations"))
    }

    @Test func anUnreachableRewardService() throws {
        var training = try SmallTraining()
        training.policySteps = 1
        try expectRefusal(
            training, status: 69,
            "the reward service does not answer: GET http://127.0.0.1:9/v1/rewards failed")
    }

    @Test func aRewardServiceWithoutTheFunction() throws {
        let service = try RunningService(.reward)
        var training = try SmallTraining()
        training.policySteps = 1
        training.rewardURL = service.url
        training.rewardFunction = "srl.similar"
        try expectRefusal(
            training, status: 78, "'reward.function': the service has no 'srl.similar'; it has srl.similarity")
    }

    @Test func aMalformedLineOfGroups() throws {
        let folder = try TemporaryFolder()
        let good = #"{"id": "g1", "expert": "x = 2", "actions": ["x = 2"]}"#
        for (line, message) in [
            (#"{"id": "g2", "expert": 3, "actions": []}"#, "groups.jsonl:2: /expert: is not a string"),
            (#"{"id": "g2", "#, "groups.jsonl:2: "),
            (good, "groups.jsonl:2: /id: the id \"g1\" is already that of line 1"),
        ] {
            _ = try folder.write(good + "\n" + line + "\n", to: "groups.jsonl")
            let outcome = try Executable.reward.run(
                ["score", "groups.jsonl", "--output", "scores.jsonl"], in: folder.url)
            #expect(outcome.status == 65)
            #expect(outcome.error.hasPrefix("error: \(message)"), "\(outcome.error)")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
            #expect(names == ["groups.jsonl"])
        }
    }

    // MARK: What is sent to a service

    /// Sends a body to be scored and expects a problem document; the service goes on afterwards.
    private func expectProblem(
        _ body: [UInt8], encoding: String? = nil, status: Int, pointer: String? = nil, detail: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let service = try RunningService(.reward)
        let client = try HTTPClient(
            configuration: ClientConfiguration(urls: [service.url], retries: .none, compression: .identity),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var request = ClientRequest(
            method: .post, path: ServicePath.score, headers: [.contentType: "application/json"], body: body)
        if let encoding { request.headers[.contentEncoding] = encoding }
        let response = try await client.send(request)
        let health = try await client.send(ClientRequest(path: ServicePath.health))
        await client.shutdown()
        #expect(response.status.code == status, sourceLocation: sourceLocation)
        #expect(response.headers[.contentType] == "application/problem+json", sourceLocation: sourceLocation)
        let problem = try ServiceJSON.decode(ProblemDetails.self, from: response.body)
        #expect(problem.status == status && problem.type.hasPrefix("urn:stepwise:problem:"))
        #expect(problem.pointer == pointer, sourceLocation: sourceLocation)
        #expect(problem.detail?.contains(detail) == true, "\(problem)", sourceLocation: sourceLocation)
        #expect(health.text == "ok\n", sourceLocation: sourceLocation)
        #expect(try service.stop() == 0, sourceLocation: sourceLocation)
    }

    @Test func aBodyThatIsNotZstd() async throws {
        try await expectProblem(
            Array("{}".utf8), encoding: "zstd", status: 400, detail: "the request body is not a zstd frame")
    }

    @Test func aZstdBomb() async throws {
        let compressor = try ZstandardCompressor()
        var bomb: [UInt8] = []
        for _ in 0..<100 { bomb += try compressor.append([UInt8](repeating: 0, count: 1 << 20)) }
        bomb += try compressor.finish()
        try #require(bomb.count < 100_000)
        try await expectProblem(bomb, encoding: "zstd", status: 413, detail: "expands beyond 67108864 bytes")
    }

    @Test func anEncodingThatIsNotKnown() async throws {
        try await expectProblem([1, 2, 3], encoding: "br", status: 415, detail: "'br' is not supported")
    }

    @Test func aBodyThatIsNotJSON() async throws {
        try await expectProblem(Array("{\"function\":".utf8), status: 400, detail: "line 1, column 13")
    }

    @Test(
        arguments: [
            (#"{"function": "srl.similarity", "groups": {}}"#, "/groups", "is not an array"),
            (#"{"groups": []}"#, "", "the key 'function' is missing"),
            (#"{"function": "srl.similarity", "grops": []}"#, "/grops", "unknown key"),
            (
                #"{"function": "srl.similarity", "groups": [{"id": "g", "expert": "", "actions": ["a", 3]}]}"#,
                "/groups/0/actions/1", "is not a string"
            ),
            (
                #"{"function": "srl.similarity", "groups": [{"id": "g", "expert": ""}]}"#, "/groups/0",
                "one of 'actions' and 'completions' is needed"
            ),
            (#"{"function": "srl.similar", "groups": []}"#, "/function", "there is no reward function 'srl.similar'"),
            (
                #"{"function": "srl.similarity", "parameters": {"autojunk": 1}, "groups": []}"#,
                "/parameters/autojunk", "is a number, and a boolean is needed"
            ),
        ])
    func jsonOfTheWrongShape(body: String, pointer: String, detail: String) async throws {
        try await expectProblem(Array(body.utf8), status: 422, pointer: pointer, detail: detail)
    }

    @Test(arguments: [Executable.reward, .evaluator].map(\.name))
    func aPortInUse(name: String) throws {
        let service = try RunningService(.reward)
        let folder = try TemporaryFolder()
        let outcome = try Executable(name: name).run(
            ["serve", "--port", "\(service.port)", "--ready-file", "ready.json"], in: folder.url)
        #expect(outcome.status == 71)
        let message = "error: cannot listen on 127.0.0.1 port \(service.port): the port is in use by another process"
        #expect(outcome.error.hasPrefix(message), "\(outcome.error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
    }
}
