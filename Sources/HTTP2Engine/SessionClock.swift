/// A monotonic clock: time since an arbitrary origin. Sessions read it for their rate limits; tests set it by hand.
public struct SessionClock: Sendable {
    private let read: @Sendable () -> Duration

    public init(_ read: @escaping @Sendable () -> Duration) {
        self.read = read
    }

    /// The time now.
    public func now() -> Duration {
        read()
    }

    /// The system's continuous clock.
    public static let continuous: SessionClock = {
        let origin = ContinuousClock.now
        return SessionClock { origin.duration(to: .now) }
    }()
}
