import NIOCore

/// Whether a client takes its response as fast as it has to: never silent for longer than a limit, and over all the time that there was
/// something to take, at no less than a rate. A silence alone would let it live on a byte a minute.
struct TransferPace {
    private var taken = 0
    private var lastProgress: NIODeadline
    private var lastLook: NIODeadline
    /// How long there has been something to take.
    private var owed = TimeAmount.zero

    init(now: NIODeadline = .now()) {
        lastProgress = now
        lastLook = now
    }

    /// Looks at the clock, at every tick.
    ///
    /// - Parameters:
    ///   - unsent: bytes that wait for the client.
    ///   - taken: bytes that it has taken, since the beginning.
    ///   - silence: the longest that it may take nothing, and what it has before the rate counts.
    ///   - rate: bytes a second.
    mutating func isTooSlow(unsent: Int, taken: Int, now: NIODeadline, silence: TimeAmount, rate: Int) -> Bool {
        if unsent == 0 || taken != self.taken { lastProgress = now }
        if unsent > 0 { owed = owed + (now - lastLook) }
        self.taken = taken
        lastLook = now
        return now - lastProgress > silence || Self.isBelow(rate, bytes: taken, in: owed, grace: silence)
    }

    /// Whether so few bytes in so long are fewer than the rate asks for, after a time of grace.
    static func isBelow(_ rate: Int, bytes: Int, in time: TimeAmount, grace: TimeAmount) -> Bool {
        let asked = Double((time - grace).nanoseconds) / 1e9 * Double(rate)
        return asked > Double(bytes)
    }
}
