import Foundation
import HTTPTypes
import Logging
import ServiceAPI
import Testing
import Transport

/// Tokens and shares over real connections, in both protocols.
@Suite struct AccessControlTests {
    private static let first = "first-token-0123456789"
    private static let second = "second-token-0123456789"

    /// A server that asks for the tokens of a file.
    private func withTokens<Result>(
        _ text: String, limits: ClientLimits = ClientLimits(), observer: (any ServerObserver)? = nil,
        handler: @escaping RequestHandler = { _ in .text("in\n") },
        _ body: (AccessControl, BoundAddress, TemporaryFolder) async throws -> Result
    ) async throws -> Result {
        let folder = try TemporaryFolder()
        let access = try AccessControl(tokenFile: folder.file("tokens", Array(text.utf8)), limits: limits)
        var configuration = HTTPServerConfiguration()
        configuration.access = access
        return try await withServer(configuration, observer: observer, handler: handler) { _, address in
            try await body(access, address, folder)
        }
    }

    private func get(_ path: String = "/", token: String?, scheme: String = "Bearer", _ client: HTTPClient) async throws
        -> ClientResponse
    {
        let headers: HTTPFields = token.map { [.authorization: "\(scheme) \($0)"] } ?? [:]
        return try await client.send(ClientRequest(path: path, headers: headers))
    }

    @Test func onlyATokenOfTheFileGetsIn() async throws {
        try await withTokens("# ours\n\(Self.first) trainer\n\n  \(Self.second)  # spare\n") { _, address, _ in
            try await withClient(address, configure: { $0.retries = .none }) { client in
                for token in [Self.first, Self.second] {
                    #expect(try await get(token: token, client).status == .ok)
                    #expect(try await get(token: token, scheme: "bearer", client).status == .ok)
                }
                let wrong = [
                    "", Self.first + "x", String(Self.first.dropLast()), Self.first.uppercased(), "trainer",
                    String(repeating: "a", count: 5000),
                ]
                for token in wrong {
                    let answer = try await get(token: token, client)
                    #expect(answer.status == .unauthorized, "\(token.prefix(30))")
                }
                #expect(try await get(token: Self.first, scheme: "Basic", client).status == .unauthorized)
                let answer = try await get(token: nil, client)
                #expect(answer.status == .unauthorized)
                #expect(answer.headers[.wwwAuthenticate] == "Bearer")
                #expect(answer.headers[.contentType] == "application/problem+json")
                let problem = try ServiceJSON.decode(ProblemDetails.self, from: answer.body)
                #expect(problem.type == "urn:stepwise:problem:unauthorized" && problem.instance != nil)
                let refused = try await get(token: "wrong-token-0123456789", client)
                #expect(refused.headers[.wwwAuthenticate] == "Bearer error=\"invalid_token\"")
                // Neither what was shown nor what would count is told.
                for part in [Self.first, Self.second, "wrong-token"] { #expect(!refused.text.contains(part)) }
            }
        }
    }

    @Test func probesNeedNoToken() async throws {
        try await withTokens(Self.first) { _, address, _ in
            try await withClient(address, configure: { $0.retries = .none }) { client in
                let expected: [(String, HTTPResponse.Status)] = [
                    ("/healthz", .ok), ("/readyz", .ok), ("/healthz?x", .ok), ("/metrics", .unauthorized),
                    ("/healthz/", .unauthorized),
                ]
                for (path, status) in expected {
                    let answer = try await get(path, token: nil, client)
                    #expect(answer.status == status, "\(path)")
                }
            }
        }
    }

    @Test func overHTTP1ARequestWithABodyIsRefusedAndTheNextOneAnswered() async throws {
        try await withTokens(Self.first) { _, address, _ in
            let connection = try await RawConnection(port: address.port)
            try await connection.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}")
            let refused = try await connection.receive(until: "unauthorized")
            #expect(refused.hasPrefix("HTTP/1.1 401 ") && refused.contains("www-authenticate: Bearer\r\n"))
            await connection.close()
            let other = try await RawConnection(port: address.port)
            try await other.send("GET / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer \(Self.first)\r\n\r\n")
            #expect(try await other.receive(until: "in\n").hasPrefix("HTTP/1.1 200 "))
            await other.close()
        }
    }

    @Test func tokensAreExchangedWhileTheServerRuns() async throws {
        try await withTokens(Self.first) { access, address, folder in
            try await withClient(address, configure: { $0.retries = .none }) { client in
                _ = try folder.file("tokens", Array("\(Self.first)\n\(Self.second)".utf8))
                #expect(try access.reloadTokens() == 2)
                for token in [Self.first, Self.second] { #expect(try await get(token: token, client).status == .ok) }
                _ = try folder.file("tokens", Array(Self.second.utf8))
                try access.reloadTokens()
                #expect(try await get(token: Self.first, client).status == .unauthorized)
                // A file that cannot be used changes nothing.
                _ = try folder.file("tokens", Array("short".utf8))
                let error = #expect(throws: SecretFileError.self) { try access.reloadTokens() }
                #expect(error?.reason.hasPrefix("line 1 holds no token: 5 characters") == true)
                #expect(try await get(token: Self.second, client).status == .ok)
            }
        }
    }

    @Test(arguments: ["", "# nothing\n", "short\n", "with spaces and more but no token long enough\n"])
    func aFileWithoutTokensIsRefused(text: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("tokens", Array(text.utf8))
        let error = #expect(throws: SecretFileError.self) { try AccessControl(tokenFile: path) }
        #expect(error?.path == path)
        #expect(throws: SecretFileError(path: path + "x", reason: "there is no such file")) {
            try AccessControl(tokenFile: path + "x")
        }
    }

    // MARK: The client

    @Test func aClientReadsItsTokenAgainWhenItIsRefused() async throws {
        try await withTokens("\(Self.first)\n\(Self.second)") { access, address, folder in
            let path = try folder.file("client", Array(Self.first.utf8))
            let file = try BearerTokenFile(path)
            try await withClient(address, configure: { $0.tokenFile = file }) { client in
                #expect(try await client.send(ClientRequest(path: "/")).status == .ok)
                _ = try folder.file("client", Array(Self.second.utf8))
                _ = try folder.file("tokens", Array(Self.second.utf8))
                try access.reloadTokens()
                // At once: the client need not have looked at its file by itself.
                #expect(try await client.send(ClientRequest(method: .post, path: "/")).status == .ok)
                _ = try folder.file("tokens", Array("a-third-token-0123456789".utf8))
                try access.reloadTokens()
                #expect(try await client.send(ClientRequest(path: "/")).status == .unauthorized)
            }
        }
    }

    // MARK: Shares

    @Test func aClientBeyondItsRateIsToldWhenToComeBack() async throws {
        let limits = ClientLimits(requestsPerSecond: 0.1, burst: 2)
        try await withTokens("\(Self.first) one\n\(Self.second) two", limits: limits) { _, address, _ in
            try await withClient(address, configure: { $0.retries = .none }) { client in
                for _ in 0..<2 { #expect(try await get(token: Self.first, client).status == .ok) }
                let answer = try await get(token: Self.first, client)
                #expect(answer.status == .tooManyRequests)
                let seconds = answer.headers[.retryAfter].flatMap { Int($0) } ?? 0
                #expect((5...10).contains(seconds))
                let problem = try ServiceJSON.decode(ProblemDetails.self, from: answer.body)
                #expect(
                    problem.detail
                        == "the client 'one' makes more than 0.1 requests a second; try again in \(seconds) s")
                // Others are not concerned, nor are probes.
                #expect(try await get(token: Self.second, client).status == .ok)
                #expect(try await get("/healthz", token: nil, client).status == .ok)
            }
        }
    }

    @Test func whoGuessesTokensIsSlowedDown() async throws {
        let limits = ClientLimits(requestsPerSecond: 0.1, burst: 2)
        try await withTokens(Self.first, limits: limits) { _, address, _ in
            try await withClient(address, configure: { $0.retries = .none }) { client in
                for expected in [HTTPResponse.Status.unauthorized, .unauthorized, .tooManyRequests] {
                    let answer = try await get(token: "wrong-token-0123456789", client)
                    #expect(answer.status == expected)
                }
                // Whoever has a token has a share of its own, from the same address, too.
                let answer = try await get(token: Self.first, client)
                #expect(answer.status == .ok)
            }
        }
    }

    @Test func aClientHasSoManyRequestsUnderWay() async throws {
        let gate = Gate()
        let running = Counter()
        let handler: RequestHandler = { _ in
            running.add()
            try await gate.pass()
            return .text("done")
        }
        try await withTokens(Self.first, limits: ClientLimits(concurrentRequests: 2), handler: handler) {
            _, address, _ in
            try await withClient(address, configure: { $0.retries = .none }) { client in
                let held = (0..<2).map { _ in Task { try await get(token: Self.first, client) } }
                try await eventually("both run") { running.value == 2 }
                let answer = try await get(token: Self.first, client)
                #expect(answer.status == .tooManyRequests && answer.headers[.retryAfter] == "1")
                gate.open()
                for task in held { #expect(try await task.value.status == .ok) }
                try await eventually("their places are free") {
                    try await get(token: Self.first, client).status == .ok
                }
            }
        }
    }

    @Test func withoutTokensAnAddressIsAClient() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.access = try AccessControl(limits: ClientLimits(requestsPerSecond: 0.1, burst: 1))
        let record = OutcomeRecorder()
        try await withServer(configuration, observer: record, handler: { _ in .text("in") }) { _, address in
            try await withClient(address, configure: { $0.retries = .none }) { client in
                #expect(try await get(token: nil, client).status == .ok)
                let answer = try await get(token: nil, client)
                #expect(answer.status == .tooManyRequests && answer.text.contains("the client at 127.0.0.1 makes"))
            }
            try await eventually("both are counted") { record.outcomes.count == 2 }
            #expect(record.outcomes == [.answered, .limited])
        }
    }

    private final class OutcomeRecorder: ServerObserver {
        private let recorder = Recorder<RequestRecord.Outcome>()
        var outcomes: [RequestRecord.Outcome] { recorder.all }
        func connectionOpened() {}
        func connectionClosed() {}
        func requestStarted() {}
        func requestFinished(_ record: RequestRecord) { recorder.add(record.outcome) }
    }
}
