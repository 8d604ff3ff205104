/// What a session allows its peer, and how much it buffers. The defaults suit JSON services in front of untrusted clients;
/// docs/decisions/0001-http2-on-libnghttp2-over-swiftnio.md says where each figure comes from.
public struct SessionLimits: Sendable, Hashable {
    /// A token bucket: `burst` at once, then `perSecond` on average.
    public struct Rate: Sendable, Hashable {
        public var burst: Int
        public var perSecond: Double

        public init(burst: Int, perSecond: Double) {
            self.burst = burst
            self.perSecond = perSecond
        }

        /// `count` at once, and as many again every 30 seconds.
        public static func per30Seconds(_ count: Int) -> Rate {
            Rate(burst: count, perSecond: Double(count) / 30)
        }
    }

    /// Streams that the peer may have open at once (SETTINGS_MAX_CONCURRENT_STREAMS; server only).
    public var maximumConcurrentStreams = 64
    /// Bytes of body that a peer may send on a stream before they are consumed (SETTINGS_INITIAL_WINDOW_SIZE).
    public var streamWindowBytes = 1 << 20
    /// Bytes of body that a peer may send on all streams together before they are consumed; at least 65,535, with which every
    /// connection starts.
    public var connectionWindowBytes = 8 << 20
    /// Size of one header list, counted as RFC 9113 section 6.5.2 does: name, value and 32 bytes a field. A request above it
    /// is answered 431; a header list of more than eight times as much ends the connection.
    public var maximumHeaderListBytes = 16 << 10
    /// CONTINUATION frames in one header block.
    public var maximumContinuations = 8
    /// Once a stream's unsent bytes have risen to ``outboundHighWatermark``, ``SessionEvent/writable(stream:)`` tells when
    /// they have fallen to ``outboundLowWatermark``. Nothing refuses more: the sender holds back.
    public var outboundHighWatermark = 256 << 10
    public var outboundLowWatermark = 64 << 10

    /// Bytes of a request that are still read, and dropped, once its response is complete; beyond it the stream is reset with
    /// `NO_ERROR`. A client in the middle of an upload would lose the response to an early reset (curl 7.88 does).
    public var maximumDiscardedBytes = 16 << 20

    /// RST_STREAM frames from the peer (rapid reset, CVE-2023-44487).
    public var receivedResets = Rate(burst: 100, perSecond: 20)
    /// RST_STREAM frames that the peer's faults make us send (CVE-2025-8671); resets that the application asks for are free.
    public var provokedResets = Rate.per30Seconds(200)
    /// PING frames from the peer (CVE-2019-9512).
    public var pings = Rate.per30Seconds(200)
    /// SETTINGS frames from the peer (CVE-2019-9515).
    public var settings = Rate.per30Seconds(200)
    /// DATA frames that carry no byte and do not end the stream (CVE-2019-9518).
    public var emptyData = Rate.per30Seconds(200)
    /// DATA frames of fewer than ``smallDataBytes`` bytes that do not end the stream: each costs us far more than it
    /// carries. Generous, because a stream of progress lines is legitimate.
    public var smallData = Rate(burst: 20_000, perSecond: 2_000)
    public var smallDataBytes = 64
    /// PRIORITY frames, which we ignore (CVE-2019-9513). Unknown extensions are not counted: they cost no more than their bytes.
    public var priorities = Rate.per30Seconds(200)
    /// WINDOW_UPDATE frames beyond ten for each DATA frame that we sent. Generous: each costs little more than its bytes.
    public var windowUpdates = Rate(burst: 20_000, perSecond: 2_000)
    /// GOAWAY frames: a peer has no use for more than a warning and the last one.
    public var goAways = Rate.per30Seconds(20)

    public init() {}

    /// Throws ``HTTP2Error/invalidLimit(name:value:range:)`` for the first value that HTTP/2 or this engine cannot have.
    public func validate() throws(HTTP2Error) {
        let window = 0x7fff_ffff
        let checks: [(String, Int, ClosedRange<Int>)] = [
            ("maximumConcurrentStreams", maximumConcurrentStreams, 1...window),
            ("streamWindowBytes", streamWindowBytes, 1...window),
            ("connectionWindowBytes", connectionWindowBytes, 65_535...window),
            ("maximumHeaderListBytes", maximumHeaderListBytes, 256...(16 << 20)),
            ("maximumContinuations", maximumContinuations, 1...10_000),
            ("outboundLowWatermark", outboundLowWatermark, 0...max(0, outboundHighWatermark)),
            ("maximumDiscardedBytes", maximumDiscardedBytes, 0...window),
            ("smallDataBytes", smallDataBytes, 0...16_384),
            ("receivedResets.burst", receivedResets.burst, 1...window),
            ("provokedResets.burst", provokedResets.burst, 1...window),
            ("pings.burst", pings.burst, 1...window),
            ("settings.burst", settings.burst, 1...window),
            ("emptyData.burst", emptyData.burst, 1...window),
            ("smallData.burst", smallData.burst, 1...window),
            ("priorities.burst", priorities.burst, 1...window),
            ("windowUpdates.burst", windowUpdates.burst, 1...window),
            ("goAways.burst", goAways.burst, 1...window),
        ]
        for (name, value, range) in checks where !range.contains(value) {
            throw .invalidLimit(name: name, value: value, range: range)
        }
    }

    /// A header list beyond this ends the connection, because decoding it is work even when nothing is kept.
    var abusiveHeaderListBytes: Int { maximumHeaderListBytes * 8 }
}
