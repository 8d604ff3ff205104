import Logging
import Synchronization
import TestSupport
import Transport
import TransportTLS

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// Runs `body` against a server that speaks TLS, and stops it afterwards.
func withSecureServer<Result>(
    _ tls: TLSServer, timeouts: HTTPServerConfiguration.Timeouts = .init(), observer: (any ServerObserver)? = nil,
    handler: @escaping RequestHandler = { _ in .text("in\n") }, _ body: (BoundAddress) async throws -> Result
) async throws -> Result {
    var configuration = HTTPServerConfiguration(timeouts: timeouts)
    configuration.encryption = tls
    let server = HTTPServer(configuration: configuration, logger: .silent, observer: observer, handler: handler)
    let address = try await server.start()
    do {
        let result = try await body(address)
        await server.shutdown()
        return result
    } catch {
        await server.shutdown()
        throw error
    }
}

/// One GET, on a connection of its own.
func get(_ urls: String..., files: ClientTLSFiles = ClientTLSFiles(), deadline: Duration = .seconds(20)) async throws
    -> ClientResponse
{
    // Waiting would hide what is final.
    var configuration = ClientConfiguration(urls: urls, deadline: deadline, retries: .untilDeadline)
    configuration.encryption = try TLSClient(files, logger: .silent)
    let client = try HTTPClient(configuration: configuration, logger: .silent)
    do {
        let response = try await client.send(ClientRequest(path: "/"))
        await client.shutdown()
        return response
    } catch {
        await client.shutdown()
        throw error
    }
}

/// Counts handshakes that came to nothing.
final class HandshakeCounter: ServerObserver {
    private let failures = Mutex(0)
    var count: Int { failures.withLock { $0 } }
    func connectionOpened() {}
    func connectionClosed() {}
    func handshakeFailed() { failures.withLock { $0 += 1 } }
    func requestStarted() {}
    func requestFinished(_ record: RequestRecord) {}
}

extension TLSServerFiles {
    init(_ identity: TestAuthority.Identity, clients: TestAuthority? = nil) {
        self.init(certificateFile: identity.certificate, keyFile: identity.key, clientCaFile: clients?.file)
    }
}

/// Waits, polling, until `condition` holds.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<2000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw TestTimeout(what: what)
}

struct TestTimeout: Error { let what: String }
