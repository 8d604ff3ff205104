import Foundation
import HTTPTypes
import Logging
import ServiceAPI
import ServiceKit
import Transport

/// Has a checkpoint judged by `stepwise-evaluator`, and shows how far it is.
struct RemoteEvaluation: Sendable {
    private let client: HTTPClient
    private let root: String

    /// - Parameters:
    ///   - credentials: what is shown to the evaluator.
    ///   - root: the folder below which the evaluator finds checkpoints and benchmarks.
    init(url: String, credentials: ClientCredentials = ClientCredentials(), root: String, logger: Logger) throws {
        self.root = URL(filePath: root).standardizedFileURL.path
        var configuration = ClientConfiguration(urls: [url], deadline: .seconds(60), retries: .untilDeadline)
        try credentials.apply(to: &configuration, logger: logger)
        client = try HTTPClient(configuration: configuration, logger: logger)
    }

    /// - Throws: what the service refuses or fails with; `CancellationError`, after the evaluation has been cancelled there.
    func evaluate(
        _ request: EvaluationRequest, checkpoint: String, benchmark: String, title: String
    ) async throws -> EvaluationResult {
        var request = request
        request.checkpoint = try relative(checkpoint)
        request.benchmark = try relative(benchmark)
        let progress = ProgressDisplay(title: title, total: nil)
        defer { progress.finish() }
        var status: EvaluationStatus = try await client.post(ServicePath.evaluations, request)
        let path = ServicePath.evaluation.replacing("{id}", with: status.id)
        do {
            while !status.state.isFinal {
                try await Task.sleep(for: .milliseconds(250))
                status = try await client.get(path)
                let total = status.totalEpisodes.map { "/\($0)" } ?? ""
                progress.update(
                    completed: status.completedEpisodes,
                    fields: [
                        ("episodes", "\(status.completedEpisodes)\(total)"),
                        ("tokens/s", status.tokensPerSecond.map { String(Int($0)) } ?? "-"),
                    ])
            }
        } catch  where Task.isCancelled {
            // In a task of its own: this one is cancelled already.
            await Task { _ = try? await client.send(ClientRequest(method: .delete, path: path)) }.value
            throw CancellationError()
        }
        guard status.state == .succeeded else {
            throw CommandFailure(
                "the evaluation \(status.id) has \(status.state.rawValue): \(status.problem?.description ?? "no reason given")",
                exitStatus: .unavailable)
        }
        return try await client.get(ServicePath.evaluationResult.replacing("{id}", with: status.id))
    }

    func shutdown() async { await client.shutdown() }

    private func relative(_ path: String) throws -> String {
        let full = URL(filePath: path).standardizedFileURL.path
        guard full.hasPrefix(root + "/") else {
            throw CommandFailure(
                "\(path) is not below --shared-root \(root): the evaluator would not find it", exitStatus: .usage)
        }
        return String(full.dropFirst(root.count + 1))
    }
}
