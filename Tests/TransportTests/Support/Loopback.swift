import HTTPTypes
import Logging
import NIOCore
import ServiceAPI
import Synchronization
import Transport

/// Runs `body` against a server on a free loopback port, and stops the server afterwards.
func withServer<Result>(
    _ configuration: HTTPServerConfiguration = .init(), logger: Logger = .silent,
    observer: (any ServerObserver)? = nil, handler: @escaping RequestHandler,
    _ body: (HTTPServer, BoundAddress) async throws -> Result
) async throws -> Result {
    let server = HTTPServer(configuration: configuration, logger: logger, observer: observer, handler: handler)
    let address = try await server.start()
    do {
        let result = try await body(server, address)
        await server.shutdown()
        return result
    } catch {
        await server.shutdown()
        throw error
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// Handlers that tests need again and again.
enum Handlers {
    /// Answers with the decoded body.
    @Sendable static func echo(_ request: ServerRequest) async throws -> ServerResponse {
        let bytes = try await request.collectBody()
        return ServerResponse(headers: [.contentType: "application/octet-stream"], body: .bytes(bytes))
    }
}

/// Waits, polling, until `condition` holds.
func eventually(_ what: String, _ condition: @Sendable () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(2))
    }
    throw TestTimeout(what: what)
}

/// A number that tasks count up together.
final class Counter: Sendable {
    private let stored = Mutex(0)
    var value: Int { stored.withLock { $0 } }
    @discardableResult func add(_ amount: Int = 1) -> Int {
        stored.withLock {
            $0 += amount
            return $0
        }
    }
}

/// A door that tasks wait at until the test opens it. Waiting ends with the task's cancellation, too.
final class Gate: Sendable {
    private let isOpen = Mutex(false)
    func open() { isOpen.withLock { $0 = true } }
    func pass() async throws {
        while !isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
    }
}

/// Runs `body` with a client of the server at `address`, and closes the client afterwards.
func withClient<Result>(
    _ addresses: BoundAddress..., configure: (inout ClientConfiguration) -> Void = { _ in },
    _ body: (HTTPClient) async throws -> Result
) async throws -> Result {
    var configuration = ClientConfiguration(urls: addresses.map(\.url), deadline: .seconds(20))
    configure(&configuration)
    let client = try HTTPClient(configuration: configuration, logger: .silent)
    do {
        let result = try await body(client)
        await client.shutdown()
        return result
    } catch {
        await client.shutdown()
        throw error
    }
}

/// Collects values from many tasks.
final class Recorder<Value: Sendable>: Sendable {
    private let stored = Mutex<[Value]>([])
    var all: [Value] { stored.withLock { $0 } }
    func add(_ value: Value) { stored.withLock { $0.append(value) } }
}
