import DequeModule

/// Which call goes over which connection: a value that is told what happens and answers what to do. Tested without
/// sockets; ``ConnectionPool`` executes it.
///
/// There is one connection per endpoint. A call is given to the endpoint with the fewest calls (taking turns between
/// equals) and stays with it: when its connection fails, its calls fail, and choosing again is the retry's business.
package struct PoolState<Endpoint: Hashable & Sendable> {
    package typealias CallID = Int
    package typealias ConnectionID = Int
    package typealias Instant = ContinuousClock.Instant

    package enum Action {
        case connect(Endpoint)
        case dispatch(CallID, ConnectionID)
        case fail(CallID, AttemptFailure)
        case close(ConnectionID)
    }

    package enum Verdict { case success, failure(isConnectFailure: Bool), inconclusive }

    private enum Link {
        case none
        case connecting
        case ready(ConnectionID)
    }

    private struct Server {
        var link: Link = .none
        var breaker = CircuitBreaker()
        var waiting: Deque<CallID> = []
        var isListed = true
    }

    private struct Connection {
        let endpoint: Endpoint
        var limit: Int
        var running = 0
        var isDraining = false
    }

    package let maximumQueued: Int
    package let maximumPerConnection: Int
    private var order: [Endpoint] = []
    private var servers: [Endpoint: Server] = [:]
    private var connections: [ConnectionID: Connection] = [:]
    private var turn = 0
    private var isShutDown = false

    package init(maximumQueued: Int, maximumPerConnection: Int) {
        self.maximumQueued = maximumQueued
        self.maximumPerConnection = maximumPerConnection
    }

    private var queued: Int { servers.values.reduce(0) { $0 + $1.waiting.count } }

    /// The endpoints that there are now. Those no longer listed get no new calls, and lose their connection when idle.
    package mutating func update(_ endpoints: [Endpoint]) -> [Action] {
        order = endpoints
        for endpoint in endpoints { servers[endpoint, default: Server()].isListed = true }
        var actions: [Action] = []
        let listed = Set(endpoints)
        for (endpoint, server) in servers where !listed.contains(endpoint) {
            servers[endpoint]?.isListed = false
            if case .ready(let id) = server.link, connections[id]?.running == 0, server.waiting.isEmpty {
                actions.append(.close(id))
            } else if case .none = server.link, server.waiting.isEmpty {
                servers[endpoint] = nil
            }
        }
        return actions
    }

    /// Whether an endpoint is left that `tried` does not contain.
    package func hasUntried(_ tried: Set<Endpoint>) -> Bool { order.contains { !tried.contains($0) } }

    // MARK: Calls

    /// A call wants a connection.
    /// - Parameter avoiding: endpoints that have failed it already.
    /// - Returns: the endpoint that it was given to, or why it gets none.
    package mutating func admit(_ call: CallID, avoiding: Set<Endpoint>, now: Instant) -> (
        Result<Endpoint, AttemptFailure>, [Action]
    ) {
        guard !isShutDown else {
            return (.failure(AttemptFailure(.shutDown, "the client was shut down", isUnprocessed: true)), [])
        }
        guard let endpoint = choose(avoiding: avoiding, now: now) else {
            return (
                .failure(AttemptFailure(.nameNotResolved, "no server address is known", isConnectFailure: true)), []
            )
        }
        guard queued < maximumQueued else {
            let detail = "\(queued) calls wait for a connection already, the limit"
            return (.failure(AttemptFailure(.queueFull, detail, isUnprocessed: true)), [])
        }
        servers[endpoint]?.breaker.began(at: now)
        servers[endpoint]?.waiting.append(call)
        return (.success(endpoint), advance(endpoint))
    }

    private mutating func choose(avoiding: Set<Endpoint>, now: Instant) -> Endpoint? {
        guard !order.isEmpty else { return nil }
        turn = (turn + 1) % order.count
        let rotated = order[turn...] + order[..<turn]
        func fewest(_ candidates: some Sequence<Endpoint>) -> Endpoint? {
            candidates.min { load($0) < load($1) }
        }
        let healthy = rotated.filter { servers[$0]?.breaker.permits(at: now) ?? true }
        return fewest(healthy.filter { !avoiding.contains($0) }) ?? fewest(rotated.filter { !avoiding.contains($0) })
            ?? fewest(healthy) ?? fewest(rotated)
    }

    private func load(_ endpoint: Endpoint) -> Int {
        guard let server = servers[endpoint] else { return 0 }
        guard case .ready(let id) = server.link else { return server.waiting.count }
        return server.waiting.count + (connections[id]?.running ?? 0)
    }

    /// A call that waits is given up by its caller.
    package mutating func withdraw(_ call: CallID, from endpoint: Endpoint, now: Instant) {
        servers[endpoint]?.waiting.removeAll { $0 == call }
        servers[endpoint]?.breaker.inconclusive(at: now)
    }

    /// A dispatched call is over.
    package mutating func finished(on id: ConnectionID, _ verdict: Verdict, now: Instant) -> [Action] {
        guard let connection = connections[id] else { return [] }
        connections[id]?.running -= 1
        judge(connection.endpoint, verdict, now)
        if connection.isDraining || servers[connection.endpoint]?.isListed == false {
            return connections[id]?.running == 0 ? [.close(id)] : []
        }
        return advance(connection.endpoint)
    }

    private mutating func judge(_ endpoint: Endpoint, _ verdict: Verdict, _ now: Instant) {
        switch verdict {
        case .success: servers[endpoint]?.breaker.succeeded()
        case .failure(let isConnectFailure):
            servers[endpoint]?.breaker.failed(at: now, isConnectFailure: isConnectFailure)
        case .inconclusive: servers[endpoint]?.breaker.inconclusive(at: now)
        }
    }

    // MARK: Connections

    /// A connection is there, and takes `limit` calls at a time.
    package mutating func connected(_ id: ConnectionID, to endpoint: Endpoint, limit: Int) -> [Action] {
        guard !isShutDown, servers[endpoint] != nil else { return [.close(id)] }
        connections[id] = Connection(endpoint: endpoint, limit: limit)
        servers[endpoint]?.link = .ready(id)
        return advance(endpoint)
    }

    /// There is no connection to be had: the calls that wait for it fail.
    package mutating func connectFailed(_ endpoint: Endpoint, _ failure: AttemptFailure, now: Instant) -> [Action] {
        guard var server = servers[endpoint] else { return [] }
        let waiting = server.waiting
        server.waiting = []
        server.link = .none
        server.breaker.failed(at: now, isConnectFailure: true)
        servers[endpoint] = server.isListed ? server : nil
        return waiting.map { .fail($0, failure) }
    }

    /// The server changed how many calls it takes at a time.
    package mutating func limitChanged(_ id: ConnectionID, to limit: Int) -> [Action] {
        guard let endpoint = connections[id]?.endpoint else { return [] }
        connections[id]?.limit = limit
        return advance(endpoint)
    }

    /// The connection takes no new calls (GOAWAY); those under way finish on it.
    package mutating func draining(_ id: ConnectionID) -> [Action] {
        guard let connection = connections[id], !connection.isDraining else { return [] }
        connections[id]?.isDraining = true
        unlink(id, connection.endpoint)
        return (connection.running == 0 ? [.close(id)] : []) + advance(connection.endpoint)
    }

    /// The connection is gone. Its calls hear of it from the connection itself.
    package mutating func closed(_ id: ConnectionID) -> [Action] {
        guard let connection = connections.removeValue(forKey: id) else { return [] }
        unlink(id, connection.endpoint)
        if let server = servers[connection.endpoint], !server.isListed, server.waiting.isEmpty {
            servers[connection.endpoint] = nil
        }
        return advance(connection.endpoint)
    }

    private mutating func unlink(_ id: ConnectionID, _ endpoint: Endpoint) {
        if case .ready(let current) = servers[endpoint]?.link, current == id { servers[endpoint]?.link = .none }
    }

    /// Moves what waits at `endpoint`.
    private mutating func advance(_ endpoint: Endpoint) -> [Action] {
        guard var server = servers[endpoint], !server.waiting.isEmpty else { return [] }
        var actions: [Action] = []
        switch server.link {
        case .connecting: break
        case .none:
            server.link = .connecting
            actions.append(.connect(endpoint))
        case .ready(let id):
            guard var connection = connections[id] else { break }
            while connection.running < min(connection.limit, maximumPerConnection), let call = server.waiting.popFirst()
            {
                connection.running += 1
                actions.append(.dispatch(call, id))
            }
            connections[id] = connection
        }
        servers[endpoint] = server
        return actions
    }

    /// No further calls: those that wait fail, idle connections close, busy ones when their calls are over.
    package mutating func shutDown() -> [Action] {
        isShutDown = true
        var actions: [Action] = []
        for (endpoint, server) in servers {
            for call in server.waiting {
                actions.append(.fail(call, AttemptFailure(.shutDown, "the client was shut down", isUnprocessed: true)))
            }
            servers[endpoint]?.waiting = []
        }
        for id in connections.keys {
            connections[id]?.isDraining = true
            if connections[id]?.running == 0 { actions.append(.close(id)) }
        }
        return actions
    }

    package var openConnections: Int { connections.count }
}
