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
    /// The bodies of the requests under way.
    let bodies: ByteBudget
    /// The responses that clients have not taken.
    let unsent: ByteBudget

    init(
        configuration: HTTPServerConfiguration, logger: Logger, observer: (any ServerObserver)?,
        handler: @escaping RequestHandler
    ) {
        self.configuration = configuration
        self.logger = logger
        self.observer = observer
        self.handler = handler
        let limits = configuration.limits
        gate = AdmissionGate(limit: limits.maximumRunningRequests)
        // One request alone always has room: a decompressor has a window of 8 MiB, and arrays grow by doubling.
        bodies = ByteBudget(limit: max(limits.maximumHeldBodyBytes, 2 * limits.maximumExpandedBytes + (16 << 20)))
        unsent = ByteBudget(limit: limits.maximumUnsentBytes)
    }

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
    ///
    /// - Parameter unsentBytes: of responses that the connection's client has not taken.
    func start(_ arrival: Arrival, on loop: any EventLoop, unsentBytes: Int) -> ServerExchange {
        let requestID = RequestSteering.requestID(in: arrival.head.headerFields)
        let exchange = ServerExchange(
            runner: self, arrival: arrival, requestID: requestID, trace: TraceContext(of: arrival.head.headerFields))
        observer?.requestStarted()
        do {
            let path = try Self.checkedPath(arrival.head)
            let permit = try configuration.access?.admit(arrival.head, path: path, from: arrival.peer)
            let budget: Budget
            do {
                budget = try RequestSteering.budget(
                    in: arrival.head.headerFields, maximum: configuration.timeouts.request)
            } catch {
                permit?.release()
                throw error
            }
            let isMetered = !configuration.unmeteredPaths.contains(path)
            if isMetered, let problem = unsentProblem(onConnection: unsentBytes) {
                return shed(exchange, permit, problem)
            }
            var work: LoadEstimate.Work?
            if isMetered {
                let declared = arrival.head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
                let bytes = min(max(0, declared), configuration.limits.maximumBodyBytes)
                switch gate.enter(bytes: bytes, deadline: budget.clients) {
                case .admitted(let begun): work = begun
                case .full: return shed(exchange, permit, .overloaded(limit: gate.limit))
                case .late(let rest): return shed(exchange, permit, .wouldBeLate(by: rest))
                }
            }
            exchange.run(within: budget, on: loop) { [gate, work, pipe = arrival.pipe] in
                if let work {
                    let (waited, received) = pipe.progress
                    gate.leave(work, received: received, waited: .nanoseconds(waited.nanoseconds))
                }
                permit?.release()
            }
        } catch let problem as ProblemResponse {
            exchange.refuse(problem, outcome: problem.problem.status == 429 ? .limited : .answered)
        } catch {
            exchange.refuse(problem(for: error, requestID: requestID), outcome: .answered)
        }
        return exchange
    }

    private func unsentProblem(onConnection bytes: Int) -> ProblemResponse? {
        let ofConnection = configuration.limits.maximumUnsentBytesPerConnection
        if bytes >= ofConnection { return .unsentResponses(limit: ofConnection, onConnection: true) }
        return unsent.isExhausted ? .unsentResponses(limit: unsent.limit, onConnection: false) : nil
    }

    /// Turns a request away for want of time or room.
    private func shed(
        _ exchange: ServerExchange, _ permit: AccessControl.Permit?, _ problem: ProblemResponse
    ) -> ServerExchange {
        permit?.release()
        logger.debug(
            "request refused: \(problem.problem.detail ?? "")", metadata: exchange.identity)
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
