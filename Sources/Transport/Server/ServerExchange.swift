import HTTPTypes
import Logging
import NIOCore
import ServiceAPI
import Synchronization

/// One request, from its head to the end of its response.
///
/// The handler runs in an unstructured task, because its life is the stream's, not a scope's: the stream's end, the
/// deadline and the server's termination cancel it. Handler and deadline race to answer; whichever claims the
/// response first writes it.
final class ServerExchange: Sendable {
    private enum Phase {
        /// The handler works; nothing is sent.
        case handling
        /// Someone writes the response.
        case responding
        case finished
    }

    private struct State {
        var phase: Phase = .handling
        var task: Task<Void, Never>?
        var timer: Scheduled<Void>?
        var lostReason: String?
        var queueWait: Duration?
        var responseBytes: Int?
        var encoding = Duration.zero
    }

    private let runner: RequestRunner
    private let arrival: RequestRunner.Arrival
    let requestID: String
    private let trace: TraceContext
    private let began = ContinuousClock.now
    private let notes = Mutex<RequestNotes?>(nil)
    private let state = Mutex(State())

    init(runner: RequestRunner, arrival: RequestRunner.Arrival, requestID: String, trace: TraceContext) {
        self.runner = runner
        self.arrival = arrival
        self.requestID = requestID
        self.trace = trace
    }

    /// What a log line knows the request by.
    var identity: Logger.Metadata {
        ["http.request_id": "\(requestID)", "trace_id": "\(trace.traceID)", "span_id": "\(trace.spanID)"]
    }

    // MARK: On the loop

    /// Runs the handler in a task, within `budget`.
    /// - Parameter ended: called when the handler has returned and its answer is out.
    func run(within budget: Budget, on loop: any EventLoop, ended: @escaping @Sendable () -> Void) {
        let request = ServerRequest(
            head: arrival.head, requestID: requestID, deadline: began + budget.total,
            remoteAddress: arrival.peer.address,
            body: RequestBody(
                pipe: arrival.pipe, maximumBytes: runner.configuration.limits.maximumBodyBytes,
                declaredBytes: arrival.head.headerFields[.contentLength].flatMap { Int($0) }),
            maximumExpandedBytes: runner.configuration.limits.maximumExpandedBytes, trace: trace,
            reservation: ByteReservation(of: runner.bodies))
        notes.withLock { $0 = request.notes }
        schedule(budget.total, on: loop)
        let task = Task {
            self.state.withLock { $0.queueWait = ContinuousClock.now - self.began }
            await TraceContext.$current.withValue(self.trace) { await self.handle(request, budget, loop) }
            ended()
        }
        state.withLock { $0.task = task }
    }

    /// Starts the clock, in place of the one that runs.
    private func schedule(_ time: Duration, on loop: any EventLoop) {
        let rest = time - (ContinuousClock.now - began)
        let timer = loop.scheduleTask(in: TimeAmount(rest)) { self.deadlinePassed(time) }
        state.withLock { state in
            state.timer?.cancel()
            state.timer = timer
            if state.phase == .finished { timer.cancel() }
        }
    }

    /// Answers without asking the handler.
    func refuse(_ problem: ProblemResponse, outcome: RequestRecord.Outcome) {
        guard claimResponse() else { return }
        let task = Task { await self.deliver(self.problemResponse(problem), outcome: outcome) }
        state.withLock { $0.task = task }
    }

    /// The stream has closed before the response was complete: stops the handler.
    func lost(_ reason: String) {
        let task = state.withLock { state in
            state.timer?.cancel()
            if state.phase != .finished { state.lostReason = state.lostReason ?? reason }
            return state.task
        }
        // In this order: a handler that sees the body fail already knows that it is cancelled.
        task?.cancel()
        arrival.pipe.fail(ConnectionLost(reason: reason))
    }

    private func deadlinePassed(_ budget: Duration) {
        let (phase, task) = state.withLock { state in
            let phase = state.phase
            if phase == .handling { state.phase = .responding }
            return (phase, state.task)
        }
        switch phase {
        case .handling:
            task?.cancel()
            // The response outlives the cancelled handler, which may take its time to notice.
            Task { await self.deliver(self.problemResponse(.deadlinePassed(after: budget)), outcome: .deadline) }
        case .responding:
            task?.cancel()
            arrival.sink.abort()
        case .finished:
            break
        }
    }

    // MARK: In the request's task

    private func handle(_ request: ServerRequest, _ budget: Budget, _ loop: any EventLoop) async {
        let response: ServerResponse
        do {
            response = try await runner.handler(request)
        } catch {
            // When the client has gone or the deadline has answered, what the handler throws is their echo.
            if let reason = state.withLock({ $0.lostReason }) {
                guard claimResponse() else { return }
                return finish(status: nil, outcome: .disconnected, note: reason)
            }
            guard !Task.isCancelled || state.withLock({ $0.phase == .handling }) else { return }
            response = problemResponse(runner.problem(for: error, requestID: requestID))
        }
        guard claimResponse() else { return }
        if case .stream = response.body {
            // The server's own maximum is for the wait for an answer; a stream that has begun may go on.
            if let clients = budget.clients {
                schedule(clients, on: loop)
            } else {
                state.withLock { $0.timer?.cancel() }
            }
        }
        await deliver(response, outcome: .answered)
    }

    private func deliver(_ response: ServerResponse, outcome: RequestRecord.Outcome) async {
        let start = ContinuousClock.now
        let rendered = ResponseRenderer.render(
            response, to: arrival.head, requestID: requestID,
            minimumCompressedBytes: runner.configuration.limits.minimumCompressedBytes)
        state.withLock { state in
            state.encoding = ContinuousClock.now - start
            state.responseBytes = rendered.stream == nil ? rendered.body?.readableBytes ?? 0 : nil
        }
        let status = rendered.head.status.code
        do {
            guard let stream = rendered.stream else {
                try await arrival.sink.start(rendered.head, body: rendered.body, isComplete: true)
                return finish(status: status, outcome: outcome)
            }
            try await arrival.sink.start(rendered.head, body: nil, isComplete: false)
            try await stream(ResponseWriter(sink: arrival.sink))
            try await arrival.sink.finish()
            finish(status: status, outcome: outcome)
        } catch {
            arrival.sink.abort()
            if let reason = state.withLock({ $0.lostReason }) {
                return finish(status: status, outcome: .disconnected, note: reason)
            }
            if error is ConnectionLost || Task.isCancelled {
                return finish(status: status, outcome: outcome == .answered ? .deadline : outcome)
            }
            runner.logger.error(
                "response broke off", metadata: identity.merging(["error": "\(error)"]) { $1 })
            finish(status: status, outcome: .broken)
        }
    }

    /// The problem as a response, carrying the request id by which the server's log knows it.
    private func problemResponse(_ response: ProblemResponse) -> ServerResponse {
        var problem = response.problem
        problem.instance = problem.instance ?? requestID
        return .problem(problem, headers: response.headers)
    }

    /// True for the one caller that may write the response.
    private func claimResponse() -> Bool {
        state.withLock { state in
            guard state.phase == .handling else { return false }
            state.phase = .responding
            return true
        }
    }

    private func finish(status: Int?, outcome: RequestRecord.Outcome, note: String? = nil) {
        let (queueWait, responseBytes, encoding) = state.withLock { state in
            state.timer?.cancel()
            state.phase = .finished
            return (state.queueWait, state.responseBytes, state.encoding)
        }
        let notes = notes.withLock { $0 }
        let record = RequestRecord(
            method: arrival.head.method, route: notes?.pattern, status: status, outcome: outcome,
            duration: ContinuousClock.now - began, queueWait: queueWait, requestBytes: notes?.bodyBytes ?? 0,
            responseBytes: status == nil ? nil : responseBytes, encoding: encoding, httpVersion: arrival.httpVersion)
        runner.observer?.requestFinished(record)
        log(record, note)
    }

    /// The line that each request gets.
    private func log(_ record: RequestRecord, _ note: String?) {
        let path = arrival.head.path ?? ""
        let isProbe = runner.configuration.unmeteredPaths.contains(path)
        runner.logger.log(
            level: isProbe ? .debug : runner.configuration.accessLogLevel, "request finished",
            metadata: metadata(of: record, path, note))
    }

    private func metadata(of record: RequestRecord, _ path: String, _ note: String?) -> Logger.Metadata {
        var metadata = identity
        metadata["parent_id"] = trace.parentID.map { "\($0)" }
        metadata["http.method"] = "\(record.method.rawValue)"
        metadata["http.path"] = "\(path)"
        metadata["http.status"] = record.status.map { .stringConvertible($0) }
        metadata["http.outcome"] = "\(record.outcome.rawValue)"
        metadata["http.version"] = "\(arrival.httpVersion)"
        metadata["http.request_bytes"] = .stringConvertible(record.requestBytes)
        metadata["http.response_bytes"] = record.responseBytes.map { .stringConvertible($0) }
        metadata["duration.ms"] = .stringConvertible(record.duration.roundedMilliseconds)
        metadata["queue.ms"] = record.queueWait.map { .stringConvertible($0.roundedMilliseconds) }
        metadata["note"] = note.map { "\($0)" }
        return metadata
    }
}

extension Duration {
    /// To the microsecond.
    fileprivate var roundedMilliseconds: Double { (self / .microseconds(1)).rounded() / 1000 }
}

/// The other side has gone, or the stream was reset or broken off.
struct ConnectionLost: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}
