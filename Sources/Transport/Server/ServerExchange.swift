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
    }

    private let runner: RequestRunner
    private let arrival: RequestRunner.Arrival
    let requestID: String
    private let began = ContinuousClock.now
    private let route = Mutex<RouteLabel?>(nil)
    private let state = Mutex(State())

    init(runner: RequestRunner, arrival: RequestRunner.Arrival, requestID: String) {
        self.runner = runner
        self.arrival = arrival
        self.requestID = requestID
    }

    // MARK: On the loop

    /// Runs the handler in a task, within `budget`.
    func run(within budget: Budget, isMetered: Bool, on loop: any EventLoop) {
        let request = ServerRequest(
            head: arrival.head, requestID: requestID, deadline: began + budget.total,
            remoteAddress: arrival.remoteAddress,
            body: RequestBody(
                pipe: arrival.pipe, maximumBytes: runner.configuration.limits.maximumBodyBytes,
                declaredBytes: arrival.head.headerFields[.contentLength].flatMap { Int($0) }),
            maximumExpandedBytes: runner.configuration.limits.maximumExpandedBytes,
            reservation: ByteReservation(of: runner.bodies))
        route.withLock { $0 = request.route }
        schedule(budget.total, on: loop)
        let task = Task {
            await self.handle(request, budget, loop)
            if isMetered { self.runner.gate.leave() }
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
        let rendered = ResponseRenderer.render(
            response, to: arrival.head, requestID: requestID,
            minimumCompressedBytes: runner.configuration.limits.minimumCompressedBytes)
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
                "response broke off", metadata: ["http.request_id": "\(requestID)", "error": "\(error)"])
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
        state.withLock { state in
            state.timer?.cancel()
            state.phase = .finished
        }
        let record = RequestRecord(
            method: arrival.head.method, route: route.withLock { $0?.pattern }, status: status, outcome: outcome,
            duration: ContinuousClock.now - began, httpVersion: arrival.httpVersion)
        runner.observer?.requestFinished(record)
        runner.logger.debug(
            "request finished",
            metadata: [
                "http.request_id": "\(requestID)", "http.method": "\(record.method.rawValue)",
                "http.path": "\(arrival.head.path ?? "")", "http.status": "\(status.map(String.init) ?? "-")",
                "http.outcome": "\(outcome.rawValue)", "http.version": "\(arrival.httpVersion)",
                "duration.ms": "\(record.duration.wholeMilliseconds)", "note": "\(note ?? "")",
            ])
    }
}

/// The other side has gone, or the stream was reset or broken off.
struct ConnectionLost: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}
