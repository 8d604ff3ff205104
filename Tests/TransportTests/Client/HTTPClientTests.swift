import HTTPTypes
import Logging
import ServiceAPI
import Testing
import Transport

/// Calls over HTTP/2, client and server together over real sockets.
@Suite struct HTTPClientTests {
    private struct Sum: Codable, Equatable { var numbers: [Int] }
    private struct Total: Codable, Equatable { var total: Int }

    private static var router: Router {
        var router = Router()
        router.on(.post, "/sum") { request in
            let sum = try ServiceJSON.decode(Sum.self, from: try await request.collectBody())
            return try .json(Total(total: sum.numbers.reduce(0, +)))
        }
        router.on(.get, "/items/{id}") { _, parameters in .text(parameters["id"] ?? "") }
        router.on(.post, "/echo", Handlers.echo)
        router.on(.get, "/headers") { request in
            .text(request.headers.map { "\($0.name.canonicalName): \($0.value)" }.joined(separator: "\n"))
        }
        router.on(.get, "/fail") { _ in throw TestTimeout(what: "a secret") }
        return router
    }

    @Test func exchangesJSON() async throws {
        try await withServer(handler: Self.router.callAsFunction) { _, address in
            try await withClient(address) { client in
                let total = try await client.post("/sum", Sum(numbers: [1, 2, 3]), as: Total.self)
                #expect(total == Total(total: 6))
                let response = try await client.send(ClientRequest(path: "/items/a%2Fb"))
                #expect(response.text == "a/b")
                #expect(response.status == .ok)
                #expect(response.attempts == 1)
                #expect(response.server == address.url)
            }
        }
    }

    @Test func manyCallsShareOneConnection() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.limits.maximumConcurrentStreams = 8
        try await withServer(configuration, handler: Self.router.callAsFunction) { server, address in
            try await withClient(address) { client in
                let totals = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                    for number in 0..<200 {
                        group.addTask {
                            (number, try await client.post("/sum", Sum(numbers: [number, 1]), as: Total.self).total)
                        }
                    }
                    return try await group.reduce(into: [Int: Int]()) { $0[$1.0] = $1.1 }
                }
                #expect(totals == Dictionary(uniqueKeysWithValues: (0..<200).map { ($0, $0 + 1) }))
                #expect(server.openConnections == 1)
            }
        }
    }

    @Test func largeBodiesPassThroughSmallWindows() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.limits.streamWindowBytes = 4 << 10
        configuration.limits.maximumBodyBytes = 8 << 20
        try await withServer(configuration, handler: Handlers.echo) { _, address in
            try await withClient(address) {
                $0.compression = .identity
            } _: { client in
                let body = (0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
                let response = try await client.send(ClientRequest(method: .post, path: "/", body: body))
                #expect(response.body == body)
            }
        }
    }

    @Test func saysWhatTheServerRefused() async throws {
        try await withServer(handler: Self.router.callAsFunction) { _, address in
            try await withClient(address) { client in
                let missing = await #expect(throws: RemoteProblem.self) {
                    try await client.get("/nowhere", as: Total.self)
                }
                #expect(missing?.problem.status == 404)
                #expect(missing?.description.contains("GET \(address.url)/nowhere was refused: 404") == true)

                let response = try await client.send(ClientRequest(method: .delete, path: "/sum"))
                #expect(response.status == .methodNotAllowed)
                #expect(response.headers[.allow] == "OPTIONS, POST")

                let invalid = await #expect(throws: RemoteProblem.self) {
                    try await client.post("/sum", ["numbers": ["one"]], as: Total.self)
                }
                #expect(invalid?.problem.status == 422)
                #expect(invalid?.problem.pointer == "/numbers/0")
            }
        }
    }

    @Test func anUnexpectedErrorIsA500AndOneLogLine() async throws {
        let log = LogRecorder()
        try await withServer(logger: log.logger, handler: Self.router.callAsFunction) { _, address in
            try await withClient(address) { client in
                let response = try await client.send(
                    ClientRequest(path: "/fail", headers: [.requestID: "my-request"]))
                #expect(response.status == .internalServerError)
                #expect(response.headers[.requestID] == "my-request")
                #expect(response.text.contains("my-request"))
                #expect(!response.text.contains("secret"))
                #expect(log.lines(at: .error).count == 1)
                #expect(log.lines(at: .error).first?.contains("secret") == true)
                // The connection has survived it.
                #expect(try await client.send(ClientRequest(path: "/items/1")).text == "1")
            }
        }
    }

    @Test func carriesDeadlineAndRequestID() async throws {
        try await withServer(handler: Self.router.callAsFunction) { _, address in
            try await withClient(address) { client in
                let response = try await client.send(ClientRequest(path: "/headers", deadline: .seconds(7)))
                let lines = response.text.split(separator: "\n")
                let deadline = lines.first { $0.hasPrefix("stepwise-deadline-ms: ") }
                let milliseconds = deadline.flatMap { Int($0.dropFirst("stepwise-deadline-ms: ".count)) }
                #expect((6000...7000).contains(milliseconds ?? 0))
                #expect(lines.contains { $0.hasPrefix("x-request-id: ") && $0.count == "x-request-id: ".count + 32 })
            }
        }
    }

    @Test func refusesURLsItCannotUse() throws {
        for url in ["127.0.0.1:80", "https://a", "ftp://a", "http://", "http://a:0", "http://a?b", "http://u@a"] {
            let error = #expect(throws: TransportError.self) {
                try HTTPClient(configuration: .init(urls: [url]), logger: .silent)
            }
            #expect(error?.code == .invalidURL)
            #expect(error?.description.contains("'\(url)'") == true)
        }
        #expect(throws: TransportError.self) { try HTTPClient(configuration: .init(urls: []), logger: .silent) }
        #expect(try ServerURL("http://[::1]:81/api/").description == "http://[::1]:81/api")
        #expect(try ServerURL("HTTP://host").authority == "host:80")
    }

    @Test func refusesPathsThatWouldNotArriveWhole() async throws {
        try await withClient(BoundAddress(host: "127.0.0.1", port: 1)) { client in
            for path in ["relative", "/with space", "/with\r\nnewline"] {
                let error = await #expect(throws: TransportError.self) {
                    try await client.send(ClientRequest(path: path))
                }
                #expect(error?.code == .invalidRequest)
            }
        }
    }
}
