import HTTPTypes
import ServiceAPI

/// Answers a request. A thrown `ProblemDetails` or ``ProblemResponse`` is the answer; any other error is a 500 and one
/// log line. The task is cancelled when the client goes away or the deadline passes.
public typealias RequestHandler = @Sendable (ServerRequest) async throws -> ServerResponse

/// Chooses a handler by method and path. An unknown path is 404, a known path with another method 405 with `Allow`;
/// HEAD is served by GET, OPTIONS by what is known.
public struct Router: Sendable {
    public typealias Handler = @Sendable (ServerRequest, PathParameters) async throws -> ServerResponse

    private struct Route: Sendable {
        let pattern: PathPattern
        var handlers: [HTTPRequest.Method: Handler]
    }

    private var routes: [Route] = []

    public init() {}

    /// Adds a handler for `method` on `pattern`, such as `/v1/evaluations/{id}`. A literal segment goes before a
    /// parameter where both fit.
    public mutating func on(_ method: HTTPRequest.Method, _ pattern: String, _ handler: @escaping Handler) {
        let pattern = PathPattern(pattern)
        if let index = routes.firstIndex(where: { $0.pattern == pattern }) {
            precondition(routes[index].handlers[method] == nil, "\(method) \(pattern.text) has a handler already")
            routes[index].handlers[method] = handler
        } else {
            routes.append(Route(pattern: pattern, handlers: [method: handler]))
        }
    }

    /// Adds a handler that needs no parameters.
    public mutating func on(_ method: HTTPRequest.Method, _ pattern: String, _ handler: @escaping RequestHandler) {
        on(method, pattern) { request, _ in try await handler(request) }
    }

    /// - Throws: what the handler throws; ``ProblemResponse`` 404 and 405.
    @Sendable public func callAsFunction(_ request: ServerRequest) async throws -> ServerResponse {
        guard let (route, parameters) = route(for: request.path) else {
            throw ProblemResponse(kind: .notFound, detail: "there is nothing at \(request.path)")
        }
        request.notes.pattern = route.pattern.text
        if let handler = route.handlers[request.method] ?? (request.method == .head ? route.handlers[.get] : nil) {
            return try await handler(request, parameters)
        }
        let allowed = Self.allowed(route)
        if request.method == .options {
            return ServerResponse(status: .noContent, headers: [.allow: allowed])
        }
        throw ProblemResponse(
            kind: .methodNotAllowed,
            detail: "\(request.method.rawValue) is not allowed on \(request.path); allowed: \(allowed)",
            headers: [.allow: allowed])
    }

    private func route(for path: String) -> (Route, PathParameters)? {
        routes.compactMap { route in route.pattern.match(path).map { (route, $0) } }
            .max { $0.0.pattern.literalCount < $1.0.pattern.literalCount }
    }

    private static func allowed(_ route: Route) -> String {
        var methods = Set(route.handlers.keys.map(\.rawValue))
        if methods.contains("GET") { methods.insert("HEAD") }
        methods.insert("OPTIONS")
        return methods.sorted().joined(separator: ", ")
    }
}
