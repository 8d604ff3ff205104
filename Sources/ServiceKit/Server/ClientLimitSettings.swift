import Transport

/// `server.perClient`: how much one client may use. What is left out is not bounded.
public struct ClientLimitSettings: Codable, Sendable, Equatable {
    public var requestsPerSecond: Double?
    /// Requests that may come at once after a pause; a second's worth unless given.
    public var burst: Int?
    /// Requests under way at one time.
    public var concurrentRequests: Int?

    public init(requestsPerSecond: Double? = nil, burst: Int? = nil, concurrentRequests: Int? = nil) {
        self.requestsPerSecond = requestsPerSecond
        self.burst = burst
        self.concurrentRequests = concurrentRequests
    }

    /// - Throws: ``CommandFailure`` naming the key when a value makes no sense.
    func limits() throws(CommandFailure) -> ClientLimits {
        func refuse(_ key: String, _ message: String) -> CommandFailure {
            CommandFailure("'server.perClient.\(key)' \(message)", exitStatus: .configuration)
        }
        if let rate = requestsPerSecond, !(rate > 0 && rate <= 1e6) {
            throw refuse("requestsPerSecond", "must be above 0 and at most 1000000, and is \(rate)")
        }
        if let burst {
            guard burst >= 1 else { throw refuse("burst", "must be 1 or more, and is \(burst)") }
            guard requestsPerSecond != nil else { throw refuse("burst", "needs 'requestsPerSecond' beside it") }
        }
        if let count = concurrentRequests, count < 1 {
            throw refuse("concurrentRequests", "must be 1 or more, and is \(count)")
        }
        return ClientLimits(
            requestsPerSecond: requestsPerSecond, burst: burst, concurrentRequests: concurrentRequests)
    }
}
