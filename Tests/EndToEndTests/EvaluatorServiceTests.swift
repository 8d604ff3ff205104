import Foundation
import Logging
import ServiceAPI
import Testing
import Trajectory
import Transport

/// `stepwise-evaluator` judges a checkpoint that `stepwise-trainer` wrote.
@Suite struct EvaluatorServiceTests {
    /// A folder with the checkpoint `runs/run/checkpoints/step-20` and the benchmark `runs/benchmark.jsonl`.
    private struct Site {
        let training: SmallTraining
        let request = EvaluationRequest(
            checkpoint: "run/checkpoints/step-20", benchmark: "benchmark.jsonl", template: "compact",
            sampling: EvaluationSampling(maximumTokens: 16), samplesPerProblem: 4, maximumSteps: 4, seed: 7)

        init() throws {
            training = try SmallTraining()
            try FileManager.default.createDirectory(
                atPath: training.path(of: "runs"), withIntermediateDirectories: true)
            try #require(try training.train("runs/run").status == 0)
            let problems = ArithmeticTask(operands: 2...3, seed: 9).trajectories(6, prefix: "test")
            try TrajectoryFile.write(problems, to: training.path(of: "runs/benchmark.jsonl"))
        }

        func service() throws -> RunningService {
            let root = training.path(of: "runs")
            return try RunningService(
                .evaluator,
                ["--checkpoint-root", root, "--benchmark-root", root, "--results", training.path(of: "results")])
        }
    }

    private func withClient<Value>(
        _ service: RunningService, _ body: (HTTPClient) async throws -> Value
    ) async throws -> Value {
        let client = try HTTPClient(
            configuration: ClientConfiguration(urls: [service.url], retries: .none),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do {
            let value = try await body(client)
            await client.shutdown()
            return value
        } catch {
            await client.shutdown()
            throw error
        }
    }

    private func finished(_ id: String, _ client: HTTPClient) async throws -> EvaluationStatus {
        for _ in 0..<600 {
            let status: EvaluationStatus = try await client.get("/v1/evaluations/\(id)")
            if status.state.isFinal { return status }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw RunningService.Failure(description: "the evaluation \(id) did not end")
    }

    /// What does not depend on who asked and how long it took.
    private func numbers(_ result: EvaluationResult) -> EvaluationResult {
        var result = result
        (result.id, result.seconds, result.request.checkpoint, result.request.benchmark) = ("", 0, "", "")
        return result
    }

    @Test func theServiceAndTheCommandLineFindTheSameAndResultsOutliveARestart() async throws {
        let site = try Site()
        let service = try site.service()
        let result = try await withClient(service) { client in
            let submitted: EvaluationStatus = try await client.post("/v1/evaluations", site.request)
            #expect(!submitted.id.isEmpty)
            // The events end with the evaluation.
            let events = try await client.send(ClientRequest(path: "/v1/evaluations/\(submitted.id)/events"))
            let last = try #require(events.text.split(separator: "\n").last)
            let status = try ServiceJSON.decode(EvaluationStatus.self, from: Array(last.utf8))
            #expect(status.state == .succeeded && status.problem == nil)
            #expect(status.completedEpisodes == 30 && status.totalEpisodes == 30)
            return try await client.get("/v1/evaluations/\(submitted.id)/result", as: EvaluationResult.self)
        }
        #expect(result.problems == 6 && result.greedy != nil && result.request == site.request)
        #expect(result.passAtK.value >= result.averageAtK.value && result.generatedTokens > 0)
        #expect(try service.stop() == 0)

        let again = try site.service()
        try await withClient(again) { client in
            let status: EvaluationStatus = try await client.get("/v1/evaluations/\(result.id)")
            #expect(status.state == .succeeded)
            #expect(try await client.get("/v1/evaluations/\(result.id)/result", as: EvaluationResult.self) == result)
            let list: EvaluationList = try await client.get("/v1/evaluations")
            #expect(list.evaluations.map(\.id) == [result.id])
        }
        #expect(try again.stop() == 0)

        let outcome = try Executable.evaluator.run(
            [
                "run", "--checkpoint", "runs/run/checkpoints/step-20", "--benchmark", "runs/benchmark.jsonl",
                "--samples", "4", "--maximum-tokens", "16", "--maximum-steps", "4", "--seed", "7", "--output", "kept",
            ], in: site.training.folder.url)
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(outcome.output.contains("6 problems, stepwise episodes, graded by math.verify/1"))
        let kept = try FileManager.default.contentsOfDirectory(atPath: site.training.path(of: "kept"))
        let file = site.training.path(of: "kept/\(try #require(kept.first))/result.json")
        let local = try ServiceJSON.decode(
            EvaluationResult.self, from: [UInt8](Data(contentsOf: URL(filePath: file))))
        #expect(numbers(local) == numbers(result))
    }

    @Test func whatItRefuses() async throws {
        let site = try Site()
        let files = FileManager.default
        let (runs, outside) = (site.training.path(of: "runs"), site.training.path(of: "outside"))
        try files.copyItem(atPath: runs + "/run/checkpoints/step-20", toPath: outside)
        try files.createSymbolicLink(atPath: runs + "/link", withDestinationPath: outside)
        try files.createSymbolicLink(atPath: runs + "/inside", withDestinationPath: "run/checkpoints/step-20")
        let service = try site.service()
        try await withClient(service) { client in
            for (path, reason) in [
                ("../outside", "must not leave the service's root"), ("run/../../outside", "must not leave"),
                (outside, "is absolute"), ("link", "must not leave"), ("link/.", "must not leave"),
                ("nothing", "does not exist"), ("", "empty"),
            ] {
                var request = site.request
                request.checkpoint = path
                let error = await #expect(throws: RemoteProblem.self) {
                    try await client.post("/v1/evaluations", request, as: EvaluationStatus.self)
                }
                #expect(error?.problem.status == 422 && error?.problem.pointer == "/checkpoint")
                #expect(error?.problem.detail?.contains(reason) == true, "\(path): \(String(describing: error))")
            }
            for path in ["/v1/evaluations/unknown", "/v1/evaluations/unknown/result", "/v1/evaluations/unknown/events"]
            {
                let error = await #expect(throws: RemoteProblem.self) {
                    try await client.get(path, as: EvaluationStatus.self)
                }
                #expect(error?.problem.status == 404)
            }
            // A link that stays below the root is followed.
            var request = site.request
            request.checkpoint = "inside"
            request.limit = 1
            let submitted: EvaluationStatus = try await client.post("/v1/evaluations", request)
            #expect(try await finished(submitted.id, client).state == .succeeded)
        }
        #expect(try service.stop() == 0)
    }

    @Test func aDamagedCheckpointFailsItsEvaluationAndNoOther() async throws {
        let site = try Site()
        let (runs, files) = (site.training.path(of: "runs"), FileManager.default)
        try files.copyItem(atPath: runs + "/run/checkpoints/step-20", toPath: runs + "/damaged")
        let weights = try FileHandle(forUpdating: URL(filePath: runs + "/damaged/model.safetensors"))
        try weights.truncate(atOffset: 1000)
        try weights.close()
        let service = try site.service()
        try await withClient(service) { client in
            var request = site.request
            request.checkpoint = "damaged"
            let damaged: EvaluationStatus = try await client.post("/v1/evaluations", request)
            let good: EvaluationStatus = try await client.post("/v1/evaluations", site.request)
            let status = try await finished(damaged.id, client)
            #expect(status.state == .failed && status.problem?.pointer == "/checkpoint")
            let error = await #expect(throws: RemoteProblem.self) {
                try await client.get("/v1/evaluations/\(damaged.id)/result", as: EvaluationResult.self)
            }
            #expect(error?.problem.status == 409)
            #expect(try await finished(good.id, client).state == .succeeded)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: site.training.path(of: "results")).count == 1)
        #expect(try service.stop() == 0)
    }

    @Test func sigtermEndsAnEvaluationUnderWay() async throws {
        let site = try Site()
        let service = try site.service()
        try await withClient(service) { client in
            var request = site.request
            request.samplesPerProblem = 1024
            _ = try await client.post("/v1/evaluations", request, as: EvaluationStatus.self)
        }
        #expect(try service.stop() == 0)
        #expect(!FileManager.default.fileExists(atPath: site.training.path(of: "results")))
    }
}
