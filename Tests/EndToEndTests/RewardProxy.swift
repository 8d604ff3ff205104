import Foundation
import HTTPTypes
import Logging
import ServiceAPI
import Synchronization
import Transport

/// A reward server between a trainer and a real one: it asks the real one, and answers what a test wants.
final class RewardProxy: Sendable {
    /// Answers the call of that number, counted from 1; requests without groups do not count and are passed on.
    typealias Behaviour = @Sendable (_ call: Int, _ answer: ScoreResponse) async throws -> ServerResponse

    let url: String
    private let server: HTTPServer
    private let client: HTTPClient

    init(_ upstream: RunningService, _ behaviour: @escaping Behaviour) async throws {
        let silent = Logger(label: "proxy") { _ in SwiftLogNoOpLogHandler() }
        let client = try HTTPClient(configuration: ClientConfiguration(urls: [upstream.url]), logger: silent)
        self.client = client
        let calls = Mutex(0)
        var router = Router()
        router.on(.get, ServicePath.rewards) { _ in
            try .json(try await client.get(ServicePath.rewards, as: RewardListing.self))
        }
        router.on(.post, ServicePath.score) { request in
            let message = try ServiceJSON.decodeRequest(ScoreRequest.self, from: try await request.collectBody())
            let answer: ScoreResponse
            do {
                answer = try await client.post(ServicePath.score, message)
            } catch let refusal as RemoteProblem {
                throw refusal.problem
            }
            guard !message.groups.isEmpty else { return try .json(answer) }
            let call = calls.withLock { count in
                count += 1
                return count
            }
            return try await behaviour(call, answer)
        }
        server = HTTPServer(
            configuration: HTTPServerConfiguration(host: "127.0.0.1", port: 0), logger: silent,
            handler: router.callAsFunction)
        url = try await server.start().url
    }

    func shutdown() async {
        // What is under way is answered first.
        await server.shutdown()
        await client.shutdown()
    }

    /// Runs `body` with a proxy, and stops that afterwards.
    static func with<Result>(
        _ upstream: RunningService, _ behaviour: @escaping Behaviour, _ body: (RewardProxy) async throws -> Result
    ) async throws -> Result {
        let proxy = try await RewardProxy(upstream, behaviour)
        do {
            let result = try await body(proxy)
            await proxy.shutdown()
            return result
        } catch {
            await proxy.shutdown()
            throw error
        }
    }
}

/// A door that calls wait at while a test has it closed.
final class Door: Sendable {
    private struct State {
        var isOpen = true
        var waiting = 0

        /// - Returns: whether there was nothing to wait for.
        mutating func beginToWait() -> Bool {
            if !isOpen { waiting += 1 }
            return isOpen
        }
    }

    private let state = Mutex(State())

    /// How many wait.
    var waiting: Int { state.withLock { $0.waiting } }

    func close() { state.withLock { $0.isOpen = false } }
    func open() { state.withLock { $0.isOpen = true } }

    func pass() async throws {
        if state.withLock({ $0.beginToWait() }) { return }
        defer { state.withLock { $0.waiting -= 1 } }
        while !state.withLock({ $0.isOpen }) { try await Task.sleep(for: .milliseconds(5)) }
    }
}
