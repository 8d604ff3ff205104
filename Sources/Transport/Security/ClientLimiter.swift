import Synchronization

/// How much of a server one client may use. Nil: as much as there is.
public struct ClientLimits: Sendable, Equatable {
    /// Requests a second, in the long run.
    public var requestsPerSecond: Double?
    /// Requests that may come at once after a pause; a second's worth unless given.
    public var burst: Int?
    /// Requests that may be under way at one time.
    public var concurrentRequests: Int?

    public init(requestsPerSecond: Double? = nil, burst: Int? = nil, concurrentRequests: Int? = nil) {
        self.requestsPerSecond = requestsPerSecond
        self.burst = burst
        self.concurrentRequests = concurrentRequests
    }

    var isUnlimited: Bool { requestsPerSecond == nil && concurrentRequests == nil }

    /// How many requests a client has saved up at most.
    var capacity: Double { max(1, burst.map(Double.init) ?? requestsPerSecond ?? 1) }
}

/// What every client has used of its share: token buckets and counts, as a value that is told the time.
///
/// The table is bounded: it has two generations, and when the young one is full, the old one is forgotten, but for clients with requests under
/// way. Who is forgotten has a full bucket again, which is no more than a client has that nobody has seen yet.
package struct ClientLimiterState {
    package typealias Instant = ContinuousClock.Instant

    package enum Decision: Equatable {
        case admitted
        /// Too many a second; when the next one may come.
        case tooFast(retryAfter: Duration)
        /// As many as may be are under way.
        case tooManyAtOnce
    }

    private struct Share {
        var saved: Double
        var since: Instant
        var running = 0
    }

    private let limits: ClientLimits
    private let generationSize: Int
    private var young: [ClientIdentity: Share] = [:]
    private var old: [ClientIdentity: Share] = [:]

    /// - Parameter maximumClients: how many are remembered, besides those with requests under way.
    package init(_ limits: ClientLimits, maximumClients: Int = 8192) {
        self.limits = limits
        generationSize = max(1, maximumClients / 2)
    }

    package var clientCount: Int { young.count + old.count }

    /// A request has come; when it is admitted, ``leave(_:)`` follows.
    package mutating func enter(_ client: ClientIdentity, now: Instant) -> Decision {
        var share = take(client) ?? Share(saved: limits.capacity, since: now)
        defer { keep(share, of: client) }
        if let maximum = limits.concurrentRequests, share.running >= maximum { return .tooManyAtOnce }
        if let rate = limits.requestsPerSecond {
            share.saved = min(limits.capacity, share.saved + rate * ((now - share.since) / .seconds(1)))
            share.since = now
            guard share.saved >= 1 else { return .tooFast(retryAfter: .seconds((1 - share.saved) / rate)) }
            share.saved -= 1
        }
        share.running += 1
        return .admitted
    }

    /// A request that was admitted is over.
    package mutating func leave(_ client: ClientIdentity) {
        // Not moved between generations: ending is no sign of life.
        if young[client] != nil { young[client]?.running -= 1 } else { old[client]?.running -= 1 }
    }

    private mutating func take(_ client: ClientIdentity) -> Share? { young[client] ?? old.removeValue(forKey: client) }

    private mutating func keep(_ share: Share, of client: ClientIdentity) {
        if young[client] == nil, young.count >= generationSize {
            let busy = old.filter { $0.value.running > 0 }
            old = young.merging(busy) { mine, _ in mine }
            young = [:]
        }
        young[client] = share
    }
}
