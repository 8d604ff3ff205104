import HTTPTypes
import Logging
import Synchronization
import Testing
import Transport

/// A server under attack, and beside the attacker a client that means well.
///
/// The other client has a connection of its own before, during and after the attack, and is to be answered each time. At the end, all
/// that the attackers held must have been given back.
func withAttack<Result>(
    _ configuration: HTTPServerConfiguration = .init(), logger: Logger = .silent, observer: (any ServerObserver)? = nil,
    handler: @escaping RequestHandler = Handlers.echo,
    _ attack: (HTTPServer, BoundAddress) async throws -> Result
) async throws -> Result {
    let attacked: RequestHandler = { request in
        request.path == "/well" ? try await Handlers.echo(request) : try await handler(request)
    }
    return try await withServer(configuration, logger: logger, observer: observer, handler: attacked) {
        server, address in
        try await withClient(address) { client in
            let isOver = Mutex(false)
            let answered = Counter()
            let well = Task {
                while !isOver.withLock({ $0 }) {
                    let response = try await client.send(
                        ClientRequest(method: .post, path: "/well", body: Array("hello".utf8)))
                    guard response.text == "hello" else { throw TestTimeout(what: "another answer: \(response.text)") }
                    answered.add()
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            try await eventually("the other client is served") { answered.value > 0 }
            let result: Result
            do {
                result = try await attack(server, address)
            } catch {
                well.cancel()
                throw error
            }
            let before = answered.value
            try await eventually("the other client is still served") { answered.value > before + 1 }
            isOver.withLock { $0 = true }
            try await well.value
            try await eventually("nothing is held any more") {
                server.runningRequests == 0 && server.heldBytes == (bodies: 0, unsent: 0)
            }
            return result
        }
    }
}

/// Keeps how requests ended.
final class OutcomeRecorder: ServerObserver {
    private let records = Mutex<[RequestRecord]>([])

    func count(_ isCounted: (RequestRecord) -> Bool) -> Int { records.withLock { $0.count(where: isCounted) } }

    func connectionOpened() {}
    func connectionClosed() {}
    func requestStarted() {}
    func requestFinished(_ record: RequestRecord) { records.withLock { $0.append(record) } }
}

extension RawConnection {
    /// Sends a byte at a time, with a pause after each, until the server hangs up or `isEnough`.
    func trickle(_ bytes: some Sequence<UInt8>, until isEnough: () -> Bool = { false }) async throws {
        for byte in bytes where !isClosed && !isEnough() {
            // Fails once the server has hung up, which the loop sees.
            try? await send([byte])
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
