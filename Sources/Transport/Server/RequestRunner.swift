import HTTPTypes
import Logging
import NIOCore
import ServiceAPI

/// What all connections of a server share: how a request becomes a response.
struct RequestRunner: Sendable {
    let configuration: HTTPServerConfiguration
    let logger: Logger
    let observer: (any ServerObserver)?
    let handler: RequestHandler
    let gate: AdmissionGate

    /// What a connection knows about a request that has arrived.
    struct Arrival: Sendable {
        let head: HTTPRequest
        let pipe: BodyPipe
        let sink: any ResponseSink
        let peer: Peer
        let httpVersion: String
    }

    /// Starts to answer a request: in a task of its own when it may be answered and there is room, with 401, 429 or 503 at once when not.
    /// On the connection's loop.
    func start(_ arrival: Arrival, on loop: any EventLoop) -> ServerExchange {
        let requestID = RequestSteering.requestID(in: arrival.head.headerFields)
        let exchange = ServerExchange(runner: self, arrival: arrival, requestID: requestID)
        observer?.requestStarted()
        do {
            let path = try Self.checkedPath(arrival.head)
            let budget = try RequestSteering.budget(
                in: arrival.head.headerFields, maximum: configuration.timeouts.request)
            let permit = try configuration.access?.admit(arrival.head, path: path, from: arrival.peer)
            var work: LoadEstimate.Work?
            if !configuration.unmeteredPaths.contains(path) {
                let declared = arrival.head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
                let bytes = min(max(0, declared), configuration.limits.maximumBodyBytes)
                switch gate.enter(bytes: bytes, deadline: budget.clients) {
                case .admitted(let begun): work = begun
                case .full: return shed(exchange, permit, .overloaded(limit: gate.limit))
                case .late(let rest): return shed(exchange, permit, .wouldBeLate(by: rest))
                }
            }
            exchange.run(within: budget, on: loop) { [gate, work] in
                if let work { gate.leave(work) }
                permit?.release()
            }
        } catch let problem as ProblemResponse {
            exchange.refuse(problem, outcome: problem.problem.status == 429 ? .limited : .answered)
        } catch {
            exchange.refuse(problem(for: error, requestID: requestID), outcome: .answered)
        }
        return exchange
    }

    /// Turns a request away for want of time.
    private func shed(
        _ exchange: ServerExchange, _ permit: AccessControl.Permit?, _ problem: ProblemResponse
    ) -> ServerExchange {
        permit?.release()
        logger.debug(
            "request refused: \(problem.problem.detail ?? "")", metadata: ["http.request_id": "\(exchange.requestID)"])
        exchange.refuse(problem, outcome: .shed)
        return exchange
    }

    /// The answer to an error that a handler threw. What is no problem document is the server's own fault: it is
    /// logged here, once, and the client learns only the request id.
    func problem(for error: any Error, requestID: String) -> ProblemResponse {
        switch error {
        case let problem as ProblemResponse: return problem
        case let problem as ProblemDetails: return ProblemResponse(problem)
        default:
            logger.error(
                "request failed", metadata: ["http.request_id": "\(requestID)", "error": "\(error)"])
            return .unexpected(requestID: requestID)
        }
    }

    private static func checkedPath(_ head: HTTPRequest) throws -> String {
        guard let target = head.path, target.hasPrefix("/") || (target == "*" && head.method == .options) else {
            throw ProblemResponse(
                kind: .invalidRequest, status: 400, detail: "the request target must be a path that begins with '/'")
        }
        return target.firstIndex(of: "?").map { String(target[..<$0]) } ?? target
    }
}
