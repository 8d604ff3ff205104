/// Rate limits on frames that cost the receiver more than the sender. libnghttp2 1.52 bounds some of them only while their
/// answers are unsent, and SETTINGS and empty DATA not at all; a peer that paces itself would pass.
struct FloodGuard {
    /// What is counted.
    enum Kind: Int, CaseIterable {
        case receivedReset, provokedReset, ping, settings, emptyData, smallData, priority, windowUpdate, goAway

        var violation: SessionViolation {
            switch self {
            case .receivedReset: .resetFlood
            case .provokedReset: .provokedResetFlood
            case .ping: .pingFlood
            case .settings: .settingsFlood
            case .emptyData: .emptyDataFlood
            case .smallData: .smallDataFlood
            case .priority: .priorityFlood
            case .windowUpdate: .windowUpdateFlood
            case .goAway: .goAwayFlood
            }
        }

        func rate(in limits: SessionLimits) -> SessionLimits.Rate {
            switch self {
            case .receivedReset: limits.receivedResets
            case .provokedReset: limits.provokedResets
            case .ping: limits.pings
            case .settings: limits.settings
            case .emptyData: limits.emptyData
            case .smallData: limits.smallData
            case .priority: limits.priorities
            case .windowUpdate: limits.windowUpdates
            case .goAway: limits.goAways
            }
        }
    }

    private var buckets: [TokenBucket]
    /// WINDOW_UPDATE frames that the peer may send for the DATA that it was sent.
    private var earnedWindowUpdates = 0
    private let clock: SessionClock

    init(limits: SessionLimits, clock: SessionClock) {
        self.clock = clock
        let now = clock.now()
        buckets = Kind.allCases.map { TokenBucket($0.rate(in: limits), at: now) }
    }

    /// A DATA frame went out: its receiver opens the stream's window and the connection's again, in as many steps as it likes
    /// within reason.
    mutating func dataSent() {
        earnedWindowUpdates = min(
            earnedWindowUpdates + Self.windowUpdatesPerDataFrame, Self.mostEarnedWindowUpdates)
    }

    private static let windowUpdatesPerDataFrame = 10
    /// What is saved up of a long download is no licence to flood.
    private static let mostEarnedWindowUpdates = 20_000

    /// Counts one frame. Returns false when the peer has had its share.
    mutating func admits(_ kind: Kind) -> Bool {
        if kind == .windowUpdate, earnedWindowUpdates > 0 {
            earnedWindowUpdates -= 1
            return true
        }
        return buckets[kind.rawValue].take(at: clock.now())
    }
}

/// `burst` tokens at first, `perSecond` of them back every second, never more than `burst`.
struct TokenBucket {
    private let rate: SessionLimits.Rate
    private var tokens: Double
    private var updated: Duration

    init(_ rate: SessionLimits.Rate, at now: Duration) {
        self.rate = rate
        tokens = Double(rate.burst)
        updated = now
    }

    /// Takes a token if there is one.
    mutating func take(at now: Duration) -> Bool {
        if now > updated {
            tokens = min(Double(rate.burst), tokens + (now - updated) / .seconds(1) * rate.perSecond)
            updated = now
        }
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
