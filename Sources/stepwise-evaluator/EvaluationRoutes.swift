import Evaluation
import HTTPTypes
import ServiceAPI
import Transport

/// What the service answers.
struct EvaluationRoutes: Sendable {
    let jobs: EvaluationJobs

    var router: Router {
        var router = Router()
        router.on(.post, ServicePath.evaluations) { request in
            let message = try ServiceJSON.decodeRequest(EvaluationRequest.self, from: try await request.collectBody())
            let status = try await submit(message)
            let place = ServicePath.evaluation.replacing("{id}", with: status.id)
            return try .json(status, status: .accepted, headers: [.location: place])
        }
        router.on(.get, ServicePath.evaluations) { _ in try .json(await jobs.list()) }
        router.on(.get, ServicePath.evaluation) { _, parameters in
            try .json(await jobs.status(parameters["id"] ?? ""))
        }
        router.on(.delete, ServicePath.evaluation) { _, parameters in
            try .json(await jobs.cancel(parameters["id"] ?? ""))
        }
        router.on(.get, ServicePath.evaluationResult) { _, parameters in
            try .json(await jobs.result(parameters["id"] ?? ""))
        }
        router.on(.get, ServicePath.evaluationEvents) { _, parameters in
            let id = parameters["id"] ?? ""
            // An unknown id is a 404, not a stream that breaks off.
            let first = try await jobs.status(id)
            return ServerResponse(
                headers: [.contentType: "application/x-ndjson"],
                body: .stream { writer in try await follow(id, from: first, writer) })
        }
        return router
    }

    /// - Throws: `ProblemDetails`; a full queue with when to come back.
    private func submit(_ message: EvaluationRequest) async throws -> EvaluationStatus {
        do throws(ProblemDetails) {
            return try await jobs.submit(message)
        } catch {
            guard error.status == 429 else { throw error }
            throw ProblemResponse(error, headers: [.retryAfter: String(await jobs.secondsUntilRoom())])
        }
    }

    /// A line whenever something has changed, until the evaluation ends.
    private func follow(_ id: String, from first: EvaluationStatus, _ writer: ResponseWriter) async throws {
        var status = first
        try await writer.write(line(status))
        while !status.state.isFinal {
            try await Task.sleep(for: .milliseconds(200))
            let next = try await jobs.status(id)
            if next != status { try await writer.write(line(next)) }
            status = next
        }
    }

    private func line(_ status: EvaluationStatus) throws -> [UInt8] {
        try ServiceJSON.encode(status) + Array("\n".utf8)
    }
}
