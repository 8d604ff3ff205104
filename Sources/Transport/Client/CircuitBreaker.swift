/// Keeps calls away from a server that fails, and lets one through from time to time to see whether it still does.
///
/// It only steers: when no server is left, calls go to one whose breaker is open all the same (as Envoy's panic
/// routing has it), because a back-off already paces them and a wrong breaker must not be an outage.
package struct CircuitBreaker {
    package typealias Instant = ContinuousClock.Instant

    private enum State {
        case closed(failures: Int)
        case open(until: Instant, cooldown: Duration)
        /// One call is on its way to find out.
        case halfOpen(cooldown: Duration)
    }

    /// Failures in a row that open the breaker.
    package static let threshold = 5
    package static let firstCooldown = Duration.milliseconds(500)
    package static let longestCooldown = Duration.seconds(30)

    private var state: State = .closed(failures: 0)

    package init() {}

    /// Whether a call may go there.
    package func permits(at now: Instant) -> Bool {
        switch state {
        case .closed: true
        case .open(let until, _): now >= until
        case .halfOpen: false
        }
    }

    /// A call goes there.
    package mutating func began(at now: Instant) {
        if case .open(let until, let cooldown) = state, now >= until { state = .halfOpen(cooldown: cooldown) }
    }

    package mutating func succeeded() { state = .closed(failures: 0) }

    /// A call ended without a verdict, because its caller gave it up: the next may try.
    package mutating func inconclusive(at now: Instant) {
        if case .halfOpen(let cooldown) = state { state = .open(until: now, cooldown: cooldown) }
    }

    /// - Parameter isConnectFailure: nobody is there, which needs no second opinion.
    package mutating func failed(at now: Instant, isConnectFailure: Bool) {
        switch state {
        case .closed(let failures) where failures + 1 < Self.threshold && !isConnectFailure:
            state = .closed(failures: failures + 1)
        case .closed:
            state = .open(until: now + Self.firstCooldown, cooldown: Self.firstCooldown)
        case .open(let until, let cooldown):
            // Stragglers that began before it opened say nothing new; a failure after its time does.
            if now >= until { reopen(now, cooldown) }
        case .halfOpen(let cooldown):
            reopen(now, cooldown)
        }
    }

    private mutating func reopen(_ now: Instant, _ cooldown: Duration) {
        let longer = min(Self.longestCooldown, cooldown * 2)
        state = .open(until: now + longer, cooldown: longer)
    }
}
