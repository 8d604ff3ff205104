import HTTPTypes
import Logging
import RunReport
import ServiceAPI
import ServiceKit
import Transport

/// `--dashboard PORT`: the run's report while it trains, on loopback.
struct RunDashboard: Sendable {
    private let server: HTTPServer
    /// Where it is.
    let url: String

    /// Listens.
    ///
    /// - Throws: ``CommandFailure`` when the port cannot be had.
    init(port: Int, recorder: RunRecorder, logger: Logger) async throws {
        var configuration = HTTPServerConfiguration(host: "127.0.0.1", port: port)
        configuration.limits.maximumBodyBytes = 4096
        configuration.limits.maximumExpandedBytes = 4096
        configuration.limits.maximumConnections = 64
        configuration.limits.maximumRunningRequests = 8
        // Who reads along must not hold up the end of the run.
        configuration.timeouts.drainGrace = .seconds(1)
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var router = Router()
        router.on(.get, "/") { request in try await Self.page(request, recorder) }
        server = HTTPServer(configuration: configuration, logger: quiet, handler: router.callAsFunction)
        do {
            url = try await server.start().url
        } catch let error as ServerError {
            throw CommandFailure("--dashboard: \(error)", exitStatus: .operatingSystem)
        }
    }

    func shutdown() async { await server.shutdown() }

    private static func page(_ request: ServerRequest, _ recorder: RunRecorder) async throws -> ServerResponse {
        // A page of another site whose name leads here would be able to read the run.
        guard isLoopback(request.head.authority ?? "") else {
            throw ProblemResponse(
                kind: .notFound, status: 421,
                detail:
                    "this answers to http://127.0.0.1 and http://localhost, not to '\(request.head.authority ?? "")'")
        }
        let page = try await recorder.livePage()
        let tag = "\"\(page.tag)\""
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .eTag: tag,
            .xContentTypeOptions: "nosniff",
        ]
        if request.head.headerFields[.ifNoneMatch] == tag {
            return ServerResponse(status: .notModified, headers: headers)
        }
        headers[.contentSecurityPolicy] = "frame-ancestors 'none'"
        return ServerResponse(headers: headers, body: .bytes(Array(page.html.utf8)))
    }

    static func isLoopback(_ authority: String) -> Bool {
        var host = Substring(authority.lowercased())
        if let colon = host.lastIndex(of: ":"), host[host.index(after: colon)...].allSatisfy(\.isNumber) {
            host = host[..<colon]
        }
        return host == "localhost" || host == "127.0.0.1" || host == "[::1]"
    }
}
