/// How long a request would wait for those that are under way: a value that is told the time.
///
/// Requests are weighed by the bytes of their bodies, as sent: what scoring takes grows with them. How many bytes a second are done is seen from
/// every request that ends: of all that ended while it was there. Under load that is what the service can do.
package struct LoadEstimate {
    package typealias Instant = ContinuousClock.Instant

    /// A request that is under way.
    package struct Work: Sendable {
        fileprivate let bytes: Int
        fileprivate let doneBefore: Int
        fileprivate let began: Instant
    }

    /// With fewer requests seen, nothing is said.
    package static let leastSeen = 16
    /// How much of what was seen is left when another request is: the last twenty or so count.
    private static let memory = 0.95

    private var running = 0
    private var bytesUnderWay = 0
    private var bytesDone = 0
    private var seen = 0
    private var weighedBytes = 0.0
    private var weighedSeconds = 0.0

    package init() {}

    package mutating func begin(bytes: Int, now: Instant) -> Work {
        running += 1
        bytesUnderWay += bytes
        return Work(bytes: bytes, doneBefore: bytesDone, began: now)
    }

    /// - Parameters:
    ///   - received: how much of the body came; all of it unless given.
    ///   - waited: how long the service waited for it.
    package mutating func end(_ work: Work, received: Int? = nil, waited: Duration = .zero, now: Instant) {
        running -= 1
        bytesUnderWay -= work.bytes
        let received = min(received ?? work.bytes, work.bytes)
        bytesDone += received
        // What took its time at the client's end says nothing of the service: it would look as slow as its slowest client.
        guard work.bytes > 0, received == work.bytes, waited * 2 <= now - work.began else { return }
        seen += 1
        weighedBytes = weighedBytes * Self.memory + Double(bytesDone - work.doneBefore)
        weighedSeconds = weighedSeconds * Self.memory + (now - work.began) / .seconds(1)
    }

    /// How long a request of so many bytes would be held up by the others; nil while too little is known.
    package func wait(bytes: Int) -> Duration? {
        guard seen >= Self.leastSeen, weighedBytes > 0 else { return nil }
        let secondsPerByte = weighedSeconds / weighedBytes
        // Those under way share the processor: a small request does not wait for the end of large ones.
        return .seconds(secondsPerByte * min(Double(bytesUnderWay), Double(bytes) * Double(running)))
    }
}
