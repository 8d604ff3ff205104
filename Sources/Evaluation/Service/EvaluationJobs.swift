import Foundation
import ModelCore
import ServiceAPI
import Synchronization
import Trajectory
import Zstandard

/// Evaluations that were asked for: a queue that is worked off one by one, and the results.
package actor EvaluationJobs {
    private struct Job {
        let id: String
        let request: EvaluationRequest
        let checkpoint: String
        let benchmark: String
        var state = EvaluationStatus.State.queued
        var problem: ProblemDetails?
        let progress = EvaluationProgress()
        var result: EvaluationResult?
        var task: Task<Evaluator.Report, any Error>?
    }

    private let checkpoints: RootedPath
    private let benchmarks: RootedPath
    private let store: ResultStore?
    private let maximumQueued: Int
    private let evaluator = Evaluator()
    private var jobs: [String: Job] = [:]
    /// Ids, oldest first.
    private var order: [String] = []
    private let queue: AsyncStream<String>
    private let enqueue: AsyncStream<String>.Continuation

    /// - Parameter results: the folder that keeps results; nil for none. Those that it holds are known from the start.
    package init(checkpointRoot: String, benchmarkRoot: String, results: String?, maximumQueued: Int = 64) {
        checkpoints = RootedPath(root: checkpointRoot)
        benchmarks = RootedPath(root: benchmarkRoot)
        store = results.map(ResultStore.init)
        self.maximumQueued = maximumQueued
        (queue, enqueue) = AsyncStream.makeStream()
        for result in store?.readAll() ?? [] {
            var job = Job(id: result.id, request: result.request, checkpoint: "", benchmark: "")
            job.state = .succeeded
            job.result = result
            jobs[result.id] = job
            order.append(result.id)
        }
    }

    /// Puts an evaluation at the end of the queue.
    ///
    /// - Throws: `invalidRequest` for paths that leave their roots or do not exist, or a template that is not known; `tooManyRequests`.
    package func submit(_ request: EvaluationRequest) throws(ProblemDetails) -> EvaluationStatus {
        let checkpoint = try checkpoints.resolve(request.checkpoint, pointer: "/checkpoint")
        try requireBaseWithinRoot(of: checkpoint)
        let benchmark = try benchmarks.resolve(request.benchmark, pointer: "/benchmark")
        guard PromptTemplate.named[request.template] != nil else {
            let names = PromptTemplate.named.keys.sorted().joined(separator: ", ")
            throw ProblemDetails(
                kind: .invalidRequest, detail: "there is no template '\(request.template)'; known are \(names)",
                pointer: "/template")
        }
        guard jobs.values.count(where: { $0.state == .queued }) < maximumQueued else {
            throw ProblemDetails(
                kind: .tooManyRequests, detail: "\(maximumQueued) evaluations are waiting already; try again later")
        }
        let id = UUID().uuidString.lowercased()
        jobs[id] = Job(id: id, request: request, checkpoint: checkpoint, benchmark: benchmark)
        order.append(id)
        enqueue.yield(id)
        return try status(id)
    }

    /// A folder of adapters names the model that it adapts; a request must not reach a model beyond the root by that way.
    private func requireBaseWithinRoot(of checkpoint: String) throws(ProblemDetails) {
        let base: String?
        do {
            base = try Checkpoint.adapterBase(of: checkpoint)
        } catch {
            throw ProblemDetails(kind: .invalidRequest, detail: "\(error)", pointer: "/checkpoint")
        }
        guard let base, !checkpoints.contains(base) else { return }
        throw ProblemDetails(
            kind: .invalidRequest,
            detail:
                "the model that these adapters adapt lies outside the service's root; merge them first (stepwise-trainer merge)",
            pointer: "/checkpoint")
    }

    package func status(_ id: String) throws(ProblemDetails) -> EvaluationStatus {
        let job = try job(id)
        let progress = job.progress.current
        var status = EvaluationStatus(id: id, state: job.state, problem: job.problem)
        status.completedEpisodes = progress.finished
        status.totalEpisodes = progress.total
        status.tokensPerSecond = progress.tokensPerSecond
        return status
    }

    /// When the one that runs will probably be done and make room in the queue; in whole seconds.
    package func secondsUntilRoom() -> Int {
        let running = jobs.values.first { $0.state == .running }
        // Before its first episode nothing is known of it.
        guard let rest = running?.progress.remainingSeconds else { return 30 }
        return max(1, Int(min(rest, 3600).rounded(.up)))
    }

    /// All evaluations, newest first.
    package func list() throws(ProblemDetails) -> EvaluationList {
        var statuses: [EvaluationStatus] = []
        for id in order.reversed() { statuses.append(try status(id)) }
        return EvaluationList(evaluations: statuses)
    }

    /// - Throws: `conflict` while there is no result, saying why.
    package func result(_ id: String) throws(ProblemDetails) -> EvaluationResult {
        let job = try job(id)
        if let result = job.result { return result }
        let reason = job.problem.map { ": \($0.detail ?? $0.title)" } ?? ""
        throw ProblemDetails(
            kind: .conflict, detail: "the evaluation has no result; it is \(job.state.rawValue)\(reason)")
    }

    /// Ends an evaluation that has not ended; does nothing to one that has.
    package func cancel(_ id: String) throws(ProblemDetails) -> EvaluationStatus {
        let job = try job(id)
        if !job.state.isFinal {
            jobs[id]?.state = .cancelled
            job.task?.cancel()
        }
        return try status(id)
    }

    /// Works the queue off until the task is cancelled.
    package func run() async {
        for await id in queue {
            guard let job = jobs[id], job.state == .queued else { continue }
            let task = Task { [evaluator] in
                try await evaluator.evaluate(
                    job.request, id: id, checkpoint: job.checkpoint, benchmark: job.benchmark
                ) { finished, total, tokens in
                    job.progress.set(finished: finished, total: total, tokens: tokens)
                }
            }
            jobs[id]?.state = .running
            jobs[id]?.task = task
            let outcome = await withTaskCancellationHandler {
                await task.result
            } onCancel: {
                task.cancel()
            }
            finish(id, outcome)
        }
    }

    private func finish(_ id: String, _ outcome: Result<Evaluator.Report, any Error>) {
        jobs[id]?.task = nil
        do {
            let report = try outcome.get()
            try store?.write(report)
            jobs[id]?.result = report.result
            jobs[id]?.state = .succeeded
        } catch is CancellationError {
            jobs[id]?.state = .cancelled
        } catch {
            jobs[id]?.state = .failed
            jobs[id]?.problem = Self.problem(error)
        }
    }

    /// What was wrong with a checkpoint or a benchmark is the client's to know.
    private static func problem(_ error: any Error) -> ProblemDetails {
        switch error {
        case let problem as ProblemDetails: problem
        case let error as CheckpointError:
            ProblemDetails(kind: .invalidRequest, detail: error.description, pointer: "/checkpoint")
        case let error as TokenizerError:
            ProblemDetails(kind: .invalidRequest, detail: error.description, pointer: "/checkpoint")
        case let error as PromptTemplateError:
            ProblemDetails(kind: .invalidRequest, detail: error.description, pointer: "/checkpoint")
        case let error as TrajectoryError:
            ProblemDetails(kind: .invalidRequest, detail: error.description, pointer: "/benchmark")
        default: ProblemDetails(kind: .internalError, detail: "\(error)")
        }
    }

    private func job(_ id: String) throws(ProblemDetails) -> Job {
        guard let job = jobs[id] else {
            throw ProblemDetails(kind: .notFound, detail: "there is no evaluation \"\(id)\"")
        }
        return job
    }
}

/// How far an evaluation is, set by the thread that does it.
private final class EvaluationProgress: Sendable {
    private struct State {
        var started: ContinuousClock.Instant?
        var finished = 0
        var total: Int?
        var tokens = 0
        var updated: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    func set(finished: Int, total: Int, tokens: Int) {
        state.withLock { state in
            if state.started == nil { state.started = .now }
            (state.finished, state.total, state.tokens, state.updated) = (finished, total, tokens, .now)
        }
    }

    /// What is left, at the pace so far; nil while there is none.
    var remainingSeconds: Double? {
        state.withLock { state in
            guard let started = state.started, let updated = state.updated, let total = state.total,
                state.finished > 0, updated > started
            else { return nil }
            return ((updated - started) / .seconds(1)) * Double(total - state.finished) / Double(state.finished)
        }
    }

    var current: (finished: Int, total: Int?, tokensPerSecond: Double?) {
        state.withLock { state in
            guard let started = state.started, let updated = state.updated, updated > started else {
                return (state.finished, state.total, nil)
            }
            return (state.finished, state.total, Double(state.tokens) / ((updated - started) / .seconds(1)))
        }
    }
}
