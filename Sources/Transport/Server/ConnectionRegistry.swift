import NIOCore
import Synchronization

/// What a server asks of its open connections, as a user event in their pipelines.
enum ServerConnectionEvent: Sendable {
    /// Take no further requests, finish those under way, then close.
    case drain
    /// Close now, whatever is under way.
    case terminate
    /// Close if nothing is under way: another client wants the place.
    case makeRoom
}

/// Which connections are open, and who waits for them to close. A value, so that its rules are tested without sockets.
package struct ConnectionRegistryState<ID: Hashable> {
    package enum Admission: Equatable {
        case accepted
        /// Accepted while the server drains (it was in the listening queue): it is to drain at once.
        case acceptedDraining
        case refused
    }

    package let limit: Int
    package private(set) var open: Set<ID> = []
    package private(set) var isDraining = false

    package init(limit: Int) { self.limit = limit }

    package mutating func add(_ id: ID) -> Admission {
        guard open.count < limit else { return .refused }
        open.insert(id)
        return isDraining ? .acceptedDraining : .accepted
    }

    /// Forgets a connection; true when it was the last one of a drain.
    package mutating func remove(_ id: ID) -> Bool {
        open.remove(id) != nil && isDraining && open.isEmpty
    }

    /// Begins to drain; true when nothing is open.
    package mutating func drain() -> Bool {
        isDraining = true
        return open.isEmpty
    }
}

/// The open connections of a server.
final class ConnectionRegistry: Sendable {
    private struct Shared {
        var state: ConnectionRegistryState<ObjectIdentifier>
        var channels: [ObjectIdentifier: any Channel] = [:]
        var waiters: [CheckedContinuation<Void, Never>] = []
        /// All connections, to be asked in turns to make room, and where in it each is.
        var ring: [ObjectIdentifier] = []
        var places: [ObjectIdentifier: Int] = [:]
        var next = 0

        mutating func insert(_ channel: any Channel, _ id: ObjectIdentifier) {
            channels[id] = channel
            places[id] = ring.count
            ring.append(id)
        }

        mutating func remove(_ id: ObjectIdentifier) {
            channels[id] = nil
            guard let place = places.removeValue(forKey: id), let last = ring.popLast(), last != id else { return }
            ring[place] = last
            places[last] = place
        }

        /// The next few connections in the ring.
        mutating func candidates(_ count: Int) -> [any Channel] {
            (0..<min(count, ring.count)).compactMap { _ in
                next = next + 1 < ring.count ? next + 1 : 0
                return channels[ring[next]]
            }
        }
    }

    /// How many connections are asked to make room for each that was refused.
    private static let candidates = 32

    private let shared: Mutex<Shared>

    init(limit: Int) { shared = Mutex(Shared(state: ConnectionRegistryState(limit: limit))) }

    /// Takes a connection in until it closes; false when there are as many as there may be. Some of those that are idle are then closed, so
    /// that clients who hold connections without using them do not lock others out for long.
    func add(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let admission = shared.withLock { shared in
            let admission = shared.state.add(id)
            if admission != .refused { shared.insert(channel, id) }
            return admission
        }
        if admission == .refused {
            for idle in shared.withLock({ $0.candidates(Self.candidates) }) {
                idle.pipeline.fireUserInboundEventTriggered(ServerConnectionEvent.makeRoom)
            }
            return false
        }
        channel.closeFuture.whenComplete { _ in self.remove(id) }
        if admission == .acceptedDraining {
            channel.pipeline.fireUserInboundEventTriggered(ServerConnectionEvent.drain)
        }
        return true
    }

    private func remove(_ id: ObjectIdentifier) {
        let waiters = shared.withLock { shared in
            shared.remove(id)
            guard shared.state.remove(id) else { return [CheckedContinuation<Void, Never>]() }
            defer { shared.waiters = [] }
            return shared.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    var count: Int { shared.withLock { $0.state.open.count } }

    /// Asks every connection to finish.
    func drain() {
        let channels = shared.withLock { shared in
            _ = shared.state.drain()
            return Array(shared.channels.values)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ServerConnectionEvent.drain) }
    }

    /// Closes every connection.
    func terminate() {
        for channel in shared.withLock({ Array($0.channels.values) }) {
            channel.pipeline.fireUserInboundEventTriggered(ServerConnectionEvent.terminate)
        }
    }

    /// Returns once a drain has begun and all connections have closed.
    func allClosed() async {
        await withCheckedContinuation { continuation in
            let isDone = shared.withLock { shared in
                if shared.state.isDraining && shared.state.open.isEmpty { return true }
                shared.waiters.append(continuation)
                return false
            }
            if isDone { continuation.resume() }
        }
    }
}
