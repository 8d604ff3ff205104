import Foundation
import HTTPTypes
import ServiceAPI

/// A service's refusal: its problem document (RFC 9457), and which server gave it.
public struct RemoteProblem: Error, Sendable, CustomStringConvertible {
    public let problem: ProblemDetails
    /// The call, such as `POST http://127.0.0.1:8080/v1/score`.
    public let call: String
    public let attempts: Int

    public init(problem: ProblemDetails, call: String, attempts: Int) {
        self.problem = problem
        self.call = call
        self.attempts = attempts
    }

    public var description: String {
        let tries = attempts == 1 ? "" : " after \(attempts) attempts"
        return "\(call) was refused\(tries): \(problem)"
    }
}

/// A document and the server that gave it.
public struct Answered<Value: Sendable>: Sendable {
    public let value: Value
    /// The URL of the server.
    public let server: String
}

extension HTTPClient {
    /// GETs a JSON document.
    /// - Throws: ``RemoteProblem`` when the server refuses; ``TransportError`` when no answer, or not such a document,
    ///   is to be had.
    public func get<Response: Decodable>(
        _ path: String, as type: Response.Type = Response.self, headers: HTTPFields = [:], deadline: Duration? = nil
    ) async throws -> Response {
        try await document(ClientRequest(path: path, headers: headers, deadline: deadline)).document
    }

    /// POSTs a JSON document and reads the JSON document that answers it.
    /// - Parameter isIdempotent: doing it twice is as good as once (scoring), so that it may be retried.
    /// - Throws: as ``get(_:as:headers:deadline:)``.
    public func post<Response: Decodable>(
        _ path: String, _ message: some Encodable, as type: Response.Type = Response.self, isIdempotent: Bool = false,
        headers: HTTPFields = [:], deadline: Duration? = nil
    ) async throws -> Response {
        try await document(
            message, at: path, isIdempotent: isIdempotent, headers: headers, deadline: deadline
        ).document
    }

    /// As ``post(_:_:as:isIdempotent:headers:deadline:)``, for who wants to know which server it was.
    public func postAnswered<Response: Decodable & Sendable>(
        _ path: String, _ message: some Encodable, as type: Response.Type = Response.self, isIdempotent: Bool = false,
        headers: HTTPFields = [:], deadline: Duration? = nil
    ) async throws -> Answered<Response> {
        let (document, server): (Response, String) = try await document(
            message, at: path, isIdempotent: isIdempotent, headers: headers, deadline: deadline)
        return Answered(value: document, server: server)
    }

    private func document<Response: Decodable>(
        _ message: some Encodable, at path: String, isIdempotent: Bool, headers: HTTPFields, deadline: Duration?
    ) async throws -> (document: Response, server: String) {
        var headers = headers
        headers[.contentType] = "application/json"
        return try await document(
            ClientRequest(
                method: .post, path: path, headers: headers, body: try ServiceJSON.encode(message),
                isIdempotent: isIdempotent, deadline: deadline))
    }

    private func document<Response: Decodable>(
        _ request: ClientRequest
    ) async throws -> (document: Response, server: String) {
        var request = request
        if request.headers[.accept] == nil { request.headers[.accept] = "application/json, application/problem+json" }
        let response = try await send(request)
        try response.checkSuccess(of: request)
        do throws(ProblemDetails) {
            return (try ServiceJSON.decode(Response.self, from: response.body), response.server)
        } catch {
            // Who calls a web page by mistake is told that it is one.
            let type = response.headers[.contentType].flatMap { $0.contains("json") ? nil : " (it is \($0))" } ?? ""
            // The words of a problem are about requests.
            let place = error.pointer.map { $0.isEmpty ? "" : "\($0) " } ?? ""
            throw TransportError(
                code: .invalidResponse, call: response.call(request), attempts: response.attempts, elapsed: .zero,
                detail:
                    "the answer is not the JSON document that was expected\(type): \(place)\(error.detail ?? error.title)"
            )
        }
    }
}

extension ClientResponse {
    func call(_ request: ClientRequest) -> String { "\(request.method.rawValue) \(server)\(request.path)" }

    /// - Throws: ``RemoteProblem`` for every status but 2xx: with the server's problem document, or one made of what it
    ///   sent instead.
    public func checkSuccess(of request: ClientRequest) throws(RemoteProblem) {
        guard status.kind != .successful else { return }
        throw RemoteProblem(problem: problem, call: call(request), attempts: attempts)
    }

    private var problem: ProblemDetails {
        if let problem = try? JSONDecoder().decode(ProblemDetails.self, from: Data(body)) { return problem }
        var problem = ProblemDetails(kind: .internalError, status: status.code)
        problem.type = "about:blank"
        problem.title = status.reasonPhrase
        let start = String(text.prefix(200)).split(whereSeparator: \.isNewline).joined(separator: " ")
        problem.detail = start.isEmpty ? nil : start
        return problem
    }
}
