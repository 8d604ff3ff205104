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
        let remoteAddress: String?
        let httpVersion: String
    }

    /// Starts to answer a request: in a task of its own when there is room, with 503 at once when there is none.
    /// On the connection's loop.
    func start(_ arrival: Arrival, on loop: any EventLoop) -> ServerExchange {
        let requestID = RequestSteering.requestID(in: arrival.head.headerFields)
        let exchange = ServerExchange(
            runner: self, arrival: arrival, requestID: requestID, trace: TraceContext(of: arrival.head.headerFields))
        observer?.requestStarted()
        do {
            let path = try Self.checkedPath(arrival.head)
            let budget = try RequestSteering.budget(
                in: arrival.head.headerFields, maximum: configuration.timeouts.request)
            let isMetered = !configuration.unmeteredPaths.contains(path)
            guard !isMetered || gate.enter() else {
                logger.debug("request refused: too many running", metadata: exchange.identity)
                exchange.refuse(.overloaded(limit: gate.limit), outcome: .shed)
                return exchange
            }
            exchange.run(within: budget, isMetered: isMetered, on: loop)
        } catch let problem as ProblemResponse {
            exchange.refuse(problem, outcome: .answered)
        } catch {
            exchange.refuse(problem(for: error, requestID: requestID), outcome: .answered)
        }
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
