import HTTPTypes
import ServiceAPI

/// A problem document (RFC 9457) on its way out, with the header fields that its status calls for.
///
/// A handler may throw it, or a bare `ProblemDetails` where no header field is needed.
public struct ProblemResponse: Error, Sendable, CustomStringConvertible {
    public let problem: ProblemDetails
    public let headers: HTTPFields

    public init(_ problem: ProblemDetails, headers: HTTPFields = [:]) {
        self.problem = problem
        self.headers = headers
    }

    /// - Parameter status: where it is not the kind's own.
    public init(kind: ProblemDetails.Kind, status: Int? = nil, detail: String, headers: HTTPFields = [:]) {
        self.init(ProblemDetails(kind: kind, status: status, detail: detail), headers: headers)
    }

    public var description: String { problem.description }

    static func contentTooLarge(_ detail: String) -> ProblemResponse {
        ProblemResponse(kind: .contentTooLarge, detail: detail)
    }

    /// The server has as many requests as it takes. `Retry-After` is in seconds (RFC 9110 section 10.2.3).
    static func overloaded(limit: Int) -> ProblemResponse {
        ProblemResponse(
            kind: .unavailable,
            detail: "the server is working on \(limit) requests already, its limit; try again later",
            headers: [.retryAfter: "1"])
    }

    /// The bodies of the requests under way take as much memory as they may.
    static func memoryShort(limit: Int) -> ProblemResponse {
        ProblemResponse(
            kind: .unavailable,
            detail: "the requests under way hold \(limit) bytes of bodies already, the limit; try again later",
            headers: [.retryAfter: "1"])
    }

    /// Responses wait for clients that do not take them.
    static func unsentResponses(limit: Int, onConnection: Bool) -> ProblemResponse {
        ProblemResponse(
            kind: .unavailable,
            detail:
                "\(limit) bytes of responses \(onConnection ? "on this connection " : "")wait to be taken already, the limit; try again later",
            headers: [.retryAfter: "1"])
    }

    /// The caller would have given up before it is its turn.
    static func wouldBeLate(by rest: Duration) -> ProblemResponse {
        ProblemResponse(
            kind: .unavailable,
            detail: "the server has more to do than can be done by the request's deadline; try again later",
            headers: [.retryAfter: String(max(1, Int((rest / .seconds(1)).rounded(.up))))])
    }

    static func deadlinePassed(after budget: Duration) -> ProblemResponse {
        ProblemResponse(
            kind: .deadlineExceeded, detail: "the deadline of \(budget.readable) passed before the answer was ready")
    }

    static func unexpected(requestID: String) -> ProblemResponse {
        ProblemResponse(
            kind: .internalError,
            detail: "the server failed on this request; its log has the cause under request id \(requestID)")
    }
}

extension Duration {
    /// For messages: "250 ms", "1.5 s".
    package var readable: String {
        let milliseconds = wholeMilliseconds
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        return milliseconds % 1000 == 0
            ? "\(milliseconds / 1000) s" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }

    /// In whole milliseconds, rounded up, so that a positive duration is never 0.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
