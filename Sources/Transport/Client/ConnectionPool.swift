import Logging
import NIOCore
import Synchronization

/// One address of one server.
struct Endpoint: Sendable, Hashable {
    let url: ServerURL
    let address: SocketAddress
}

/// Executes what ``PoolState`` decides: connects, hands connections to calls, closes them.
final class ConnectionPool: Sendable {
    /// A place for one call on a connection. Whoever has it submits an exchange whose end gives the place back.
    struct Lease: Sendable {
        let connection: ClientConnection
        let connectionID: Int
        let endpoint: Endpoint
    }

    private struct Waiter {
        let continuation: CheckedContinuation<Lease, any Error>
        let endpoint: Endpoint
    }

    private struct Shared {
        var state: PoolState<Endpoint>
        var waiters: [Int: Waiter] = [:]
        var connections: [Int: ClientConnection] = [:]
        var nextID = 0
        var closeWaiters: [CheckedContinuation<Void, Never>] = []

        mutating func makeID() -> Int {
            nextID += 1
            return nextID
        }
    }

    private enum Effect {
        case connect(Endpoint, id: Int)
        case resume(CheckedContinuation<Lease, any Error>, Result<Lease, any Error>)
        case close(ClientConnection)
        case allClosed(CheckedContinuation<Void, Never>)
    }

    private let configuration: ClientConfiguration
    private let group: any EventLoopGroup
    private let logger: Logger
    private let shared: Mutex<Shared>

    init(configuration: ClientConfiguration, group: any EventLoopGroup, logger: Logger) {
        self.configuration = configuration
        self.group = group
        self.logger = logger
        shared = Mutex(
            Shared(
                state: PoolState(
                    maximumQueued: configuration.maximumQueuedCalls,
                    maximumPerConnection: configuration.maximumConcurrentCalls)))
    }

    // MARK: Calls

    func update(_ endpoints: [Endpoint]) {
        perform { $0.state.update(endpoints) }
    }

    func hasUntried(_ tried: Set<Endpoint>) -> Bool { shared.withLock { $0.state.hasUntried(tried) } }

    /// A place on a connection to the server with the fewest calls.
    /// - Parameter chosen: told the endpoint as soon as it is known, also when it then fails.
    /// - Throws: ``AttemptFailure``, `CancellationError`.
    func lease(avoiding tried: Set<Endpoint>, chosen: (Endpoint) -> Void) async throws -> Lease {
        let id = shared.withLock { $0.makeID() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                var refusal: (any Error)?
                perform { shared in
                    guard !Task.isCancelled else {
                        refusal = CancellationError()
                        return []
                    }
                    let (result, actions) = shared.state.admit(id, avoiding: tried, now: .now)
                    switch result {
                    case .success(let endpoint):
                        shared.waiters[id] = Waiter(continuation: continuation, endpoint: endpoint)
                        chosen(endpoint)
                    case .failure(let failure): refusal = failure
                    }
                    return actions
                }
                if let refusal { continuation.resume(throwing: refusal) }
            }
        } onCancel: {
            let waiter = shared.withLock { shared -> Waiter? in
                guard let waiter = shared.waiters.removeValue(forKey: id) else { return nil }
                shared.state.withdraw(id, from: waiter.endpoint, now: .now)
                return waiter
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// The exchange that used a lease is over.
    func finished(_ connectionID: Int, _ verdict: PoolState<Endpoint>.Verdict) {
        perform { $0.state.finished(on: connectionID, verdict, now: .now) }
    }

    /// Closes everything; returns when all connections have closed.
    func shutDown() async {
        await withCheckedContinuation { continuation in
            perform { shared in
                shared.closeWaiters.append(continuation)
                return shared.state.shutDown()
            }
        }
    }

    // MARK: Connections

    private func handle(_ event: ClientConnectionEvent, id: Int, endpoint: Endpoint) {
        switch event {
        case .ready(let connection, let limit):
            perform { shared in
                shared.connections[id] = connection
                return shared.state.connected(id, to: endpoint, limit: limit)
            }
        case .limit(let limit): perform { $0.state.limitChanged(id, to: limit) }
        case .draining: perform { $0.state.draining(id) }
        case .failed(let failure):
            logger.debug(
                "no connection", metadata: ["server": "\(endpoint.url)", "cause": "\(failure.detail)"])
            perform { $0.state.connectFailed(endpoint, failure, now: .now) }
        case .closed:
            perform { shared in
                shared.connections[id] = nil
                return shared.state.closed(id)
            }
        }
    }

    /// Lets `operation` change the state, and does what comes of it, outside of the lock.
    private func perform(_ operation: (inout Shared) -> [PoolState<Endpoint>.Action]) {
        let effects = shared.withLock { shared in
            let actions = operation(&shared)
            var effects = actions.compactMap { Self.effect(of: $0, &shared) }
            if shared.connections.isEmpty {
                effects += shared.closeWaiters.map(Effect.allClosed)
                shared.closeWaiters = []
            }
            return effects
        }
        for effect in effects { execute(effect) }
    }

    private static func effect(of action: PoolState<Endpoint>.Action, _ shared: inout Shared) -> Effect? {
        switch action {
        case .connect(let endpoint): return .connect(endpoint, id: shared.makeID())
        case .close(let id): return shared.connections[id].map(Effect.close)
        case .fail(let call, let failure):
            return shared.waiters.removeValue(forKey: call).map { .resume($0.continuation, .failure(failure)) }
        case .dispatch(let call, let id):
            guard let waiter = shared.waiters.removeValue(forKey: call), let connection = shared.connections[id] else {
                preconditionFailure("a call was dispatched that does not wait, or to a connection that is not there")
            }
            let lease = Lease(connection: connection, connectionID: id, endpoint: waiter.endpoint)
            return .resume(waiter.continuation, .success(lease))
        }
    }

    private func execute(_ effect: Effect) {
        switch effect {
        case .connect(let endpoint, let id):
            ClientConnection.connect(
                to: endpoint, group: group, timeout: configuration.connectTimeout, keepAlive: configuration.keepAlive,
                encryption: configuration.encryption
            ) { self.handle($0, id: id, endpoint: endpoint) }
        case .resume(let continuation, let result): continuation.resume(with: result)
        case .close(let connection): connection.close()
        case .allClosed(let continuation): continuation.resume()
        }
    }
}
