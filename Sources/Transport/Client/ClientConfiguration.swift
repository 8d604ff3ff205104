import HTTPTypes

/// Which servers a client calls, and how.
public struct ClientConfiguration: Sendable {
    /// `http://host[:port][/prefix]` or `https://..`, each; several are used evenly, and stand in for each other. All addresses of a host
    /// name are used in the same way.
    public var urls: [String]
    /// How long a call may take, with all its attempts and pauses; a request may have its own.
    public var deadline: Duration
    public var connectTimeout: Duration
    public var retries: RetryPolicy
    /// How request bodies of at least ``minimumCompressedBytes`` are sent.
    public var compression: ContentCoding
    public var minimumCompressedBytes: Int
    /// Bytes of an answer as sent (compressed).
    public var maximumResponseBytes: Int
    /// Bytes of an answer once decompressed.
    public var maximumExpandedBytes: Int
    /// Calls under way on one connection; the server's own limit counts where it is lower.
    public var maximumConcurrentCalls: Int
    /// Calls that wait for a connection or for a place on it; a further one fails at once.
    public var maximumQueuedCalls: Int
    /// A connection with calls under way that has been silent for so long is asked for a sign of life (PING), and given
    /// up after as long again.
    public var keepAlive: Duration
    /// How long the addresses of host names are believed.
    public var addressLifetime: Duration
    /// Sent with every request.
    public var headers: HTTPFields
    /// The bearer token that is sent with every request.
    public var tokenFile: BearerTokenFile?
    /// What `https://` needs; nil: such URLs are refused.
    package var encryption: (any ClientEncryption)?

    public init(
        urls: [String], deadline: Duration = .seconds(60), connectTimeout: Duration = .seconds(5),
        retries: RetryPolicy = .standard, compression: ContentCoding = .zstd, minimumCompressedBytes: Int = 1024,
        maximumResponseBytes: Int = 64 << 20, maximumExpandedBytes: Int = 256 << 20,
        maximumConcurrentCalls: Int = 64, maximumQueuedCalls: Int = 1024, keepAlive: Duration = .seconds(15),
        addressLifetime: Duration = .seconds(30), headers: HTTPFields = [:]
    ) {
        self.urls = urls
        self.deadline = deadline
        self.connectTimeout = connectTimeout
        self.retries = retries
        self.compression = compression
        self.minimumCompressedBytes = minimumCompressedBytes
        self.maximumResponseBytes = maximumResponseBytes
        self.maximumExpandedBytes = maximumExpandedBytes
        self.maximumConcurrentCalls = maximumConcurrentCalls
        self.maximumQueuedCalls = maximumQueuedCalls
        self.keepAlive = keepAlive
        self.addressLifetime = addressLifetime
        self.headers = headers
    }
}
