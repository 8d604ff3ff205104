import Evaluation
import Foundation
import ModelCore
import ServiceAPI
import TestSupport
import Testing

/// The queue and what it keeps, with a checkpoint so small that an evaluation takes milliseconds.
@Suite struct EvaluationJobsTests {
    private let folder: TemporaryFolder
    private let request = EvaluationRequest(
        checkpoint: "model", benchmark: "b.jsonl", template: "compact", sampling: EvaluationSampling(maximumTokens: 6),
        samplesPerProblem: 2, maximumSteps: 2, seed: 1)

    init() throws {
        folder = try TemporaryFolder()
        let tokenizer = ByteTokenizer()
        let model = try TinyModel.make(TinyModel.configuration(vocabularySize: tokenizer.vocabularySize))
        try Checkpoint.save(model, tokenizer: tokenizer, to: folder.file("model"))
        try folder.write("{\"problem\": \"1+2\", \"answer\": \"3\"}\n", to: "b.jsonl")
        try folder.write("{\"problem\": 3}\n", to: "bad.jsonl")
    }

    private func jobs(maximumQueued: Int = 64) -> EvaluationJobs {
        EvaluationJobs(
            checkpointRoot: folder.path, benchmarkRoot: folder.path, results: folder.file("results"),
            maximumQueued: maximumQueued)
    }

    private func finished(_ id: String, _ jobs: EvaluationJobs) async throws -> EvaluationStatus {
        for _ in 0..<1000 {
            let status = try await jobs.status(id)
            if status.state.isFinal { return status }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try await jobs.status(id)
    }

    @Test func adaptersMustNotReachAModelBeyondTheRoot() async throws {
        let lora = LoRAConfiguration(rank: 1)
        func save(_ name: String, base: String) throws {
            let (model, tokenizer) = try Checkpoint.load(
                from: folder.file("model"), for: .adapterTraining(lora, weights: .float32))
            try Checkpoint.saveAdapters(model, tokenizer: tokenizer, base: base, to: folder.file(name))
        }
        try save("inside", base: folder.file("model"))
        let outside = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: folder.file("model"), toPath: outside.file("model"))
        try save("outside", base: outside.file("model"))
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"), withDestinationPath: outside.file("model"))
        try save("linked", base: folder.file("link"))

        let jobs = jobs()
        for name in ["outside", "linked"] {
            var request = request
            request.checkpoint = name
            let problem = await #expect(throws: ProblemDetails.self) { try await jobs.submit(request) }
            #expect(problem?.pointer == "/checkpoint")
            #expect(problem?.detail?.contains("outside the service's root") == true)
            #expect(problem?.detail?.contains(outside.path) == false, "what lies outside is not told")
        }
        var request = request
        request.checkpoint = "inside"
        let id = try await jobs.submit(request).id
        let worker = Task { await jobs.run() }
        #expect(try await finished(id, jobs).state == .succeeded)
        worker.cancel()
        await worker.value
    }

    @Test func worksOffTheQueueAndKeepsResults() async throws {
        let jobs = jobs()
        let first = try await jobs.submit(request)
        #expect(first.state == .queued && first.totalEpisodes == nil)
        var broken = request
        broken.benchmark = "bad.jsonl"
        let second = try await jobs.submit(broken)
        let third = try await jobs.submit(request)
        #expect(try await jobs.cancel(third.id).state == .cancelled)
        let worker = Task { await jobs.run() }
        let status = try await finished(first.id, jobs)
        #expect(status.state == .succeeded && status.completedEpisodes == 3 && status.totalEpisodes == 3)
        let failed = try await finished(second.id, jobs)
        #expect(failed.state == .failed && failed.problem?.pointer == "/benchmark")
        #expect(failed.problem?.detail?.contains("bad.jsonl:1: /problem: is not a string") == true)
        let conflict = await #expect(throws: ProblemDetails.self) { try await jobs.result(second.id) }
        #expect(conflict?.status == 409)
        #expect(try await jobs.list().evaluations.map(\.id) == [third.id, second.id, first.id])
        worker.cancel()
        await worker.value

        let result = try await jobs.result(first.id)
        let again = self.jobs()
        #expect(try await again.result(first.id) == result)
        #expect(try await again.list().evaluations.map(\.id) == [first.id])
        #expect(try folder.names().contains("results"))
    }

    @Test func whatIsNoResultIsPassedOver() async throws {
        for name in ["empty", "broken", "renamed"] {
            try FileManager.default.createDirectory(
                atPath: folder.file("results/\(name)"), withIntermediateDirectories: true)
        }
        try folder.write("{\"id\": \"bro", to: "results/broken/result.json")
        try folder.write("a file", to: "results/file")
        #expect(try await jobs().list().evaluations == [])
    }

    @Test func refusesWhatItCannotDo() async throws {
        let jobs = jobs(maximumQueued: 2)
        var unknown = request
        unknown.template = "chatty"
        let template = await #expect(throws: ProblemDetails.self) { try await jobs.submit(unknown) }
        #expect(
            template?.pointer == "/template"
                && template?.detail?.contains("known are chat, checkpoint, compact") == true)
        let missing = await #expect(throws: ProblemDetails.self) { try await jobs.status("x") }
        #expect(missing?.status == 404)
        _ = try await jobs.submit(request)
        let waiting = try await jobs.submit(request)
        let full = await #expect(throws: ProblemDetails.self) { try await jobs.submit(request) }
        #expect(full?.status == 429)
        // None runs, so that nothing is known of how long one takes.
        #expect(await jobs.secondsUntilRoom() == 30)
        // A place is free again once one is cancelled.
        _ = try await jobs.cancel(waiting.id)
        _ = try await jobs.submit(request)
    }
}
