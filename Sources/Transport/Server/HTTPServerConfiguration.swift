import Logging

/// Where a server listens, and what it allows.
public struct HTTPServerConfiguration: Sendable {
    /// The address or name to listen on.
    public var host: String
    /// The port to listen on; 0 lets the system choose one.
    public var port: Int
    public var limits: Limits
    public var timeouts: Timeouts
    /// Paths that are answered whatever the load is: probes and metrics must work when they are needed most.
    public var unmeteredPaths: Set<String>
    /// Who may use the server; nil: everybody, without limits of their own.
    public var access: AccessControl?
    /// Nil: connections are not encrypted.
    package var encryption: (any ServerEncryption)?
    /// The level of the log line that each finished request gets; those of ``unmeteredPaths`` are always `debug`.
    public var accessLogLevel = Logger.Level.debug

    public init(
        host: String = "127.0.0.1", port: Int = 0, limits: Limits = Limits(), timeouts: Timeouts = Timeouts(),
        unmeteredPaths: Set<String> = ["/healthz", "/readyz", "/metrics"]
    ) {
        self.host = host
        self.port = port
        self.limits = limits
        self.timeouts = timeouts
        self.unmeteredPaths = unmeteredPaths
    }

    /// What one client may use.
    public struct Limits: Sendable {
        /// Bytes of a request body as sent (compressed). Beyond it: 413.
        public var maximumBodyBytes: Int
        /// Bytes of a request body once decompressed. Beyond it: 413.
        public var maximumExpandedBytes: Int
        /// Streams that one HTTP/2 connection may have open.
        public var maximumConcurrentStreams: Int
        /// Requests whose handlers run at one time, on all connections together. Beyond it: 503 with `Retry-After`.
        public var maximumRunningRequests: Int
        /// Connections open at one time; a further one is closed at once.
        public var maximumConnections: Int
        /// Bytes of all header fields of one request. Beyond it: 431.
        public var maximumHeaderBytes: Int
        /// Bytes of a request body that may be under way on one HTTP/2 stream before the handler reads (its
        /// flow-control window). The connection's window has room for all streams, so that slow readers cannot use up
        /// what others need.
        public var streamWindowBytes: Int
        /// Answers of fewer bytes are not compressed.
        public var minimumCompressedBytes: Int
        /// Bytes of request bodies, once decompressed, and of what decompressing them takes, that all running requests together
        /// may hold; at least what one request may have. Beyond it: 503.
        public var maximumHeldBodyBytes = 512 << 20
        /// Bytes of responses that clients have not taken, on all connections together. Beyond it: 503.
        public var maximumUnsentBytes = 256 << 20
        /// The same on one connection: its further requests get 503.
        public var maximumUnsentBytesPerConnection = 16 << 20
        /// Bytes a second, on average, that a body must come with and a response be taken with, after the timeouts `body` and `write`
        /// respectively. Only the time in which the server waits for the client counts.
        public var minimumBytesPerSecond = 240

        public init(
            maximumBodyBytes: Int = 16 << 20, maximumExpandedBytes: Int = 64 << 20,
            maximumConcurrentStreams: Int = 64, maximumRunningRequests: Int = 256, maximumConnections: Int = 4096,
            maximumHeaderBytes: Int = 16 << 10, streamWindowBytes: Int = 256 << 10, minimumCompressedBytes: Int = 1024
        ) {
            self.maximumBodyBytes = maximumBodyBytes
            self.maximumExpandedBytes = maximumExpandedBytes
            self.maximumConcurrentStreams = maximumConcurrentStreams
            self.maximumRunningRequests = maximumRunningRequests
            self.maximumConnections = maximumConnections
            self.maximumHeaderBytes = maximumHeaderBytes
            self.streamWindowBytes = streamWindowBytes
            self.minimumCompressedBytes = minimumCompressedBytes
        }
    }

    /// How long the server waits for what.
    public struct Timeouts: Sendable {
        /// From the first byte of a request (or from connecting) to the end of its header.
        public var header: Duration
        /// Silence from the client while a handler waits for the request body. Beyond it: 408, and for a body that comes with less
        /// than `minimumBytesPerSecond` later.
        public var body: Duration
        /// Silence from a client that does not read its response. Beyond it the stream is reset.
        public var write: Duration
        /// A connection without a request.
        public var idle: Duration
        /// The longest that a handler may take to answer; a client may ask for less with `stepwise-deadline-ms`.
        /// Beyond it: 504. A streaming response that has begun is bounded by the client's deadline alone.
        public var request: Duration
        /// What a drain leaves to the requests under way before it closes their connections.
        public var drainGrace: Duration

        public init(
            header: Duration = .seconds(10), body: Duration = .seconds(30), write: Duration = .seconds(60),
            idle: Duration = .seconds(90), request: Duration = .seconds(300), drainGrace: Duration = .seconds(20)
        ) {
            self.header = header
            self.body = body
            self.write = write
            self.idle = idle
            self.request = request
            self.drainGrace = drainGrace
        }
    }
}
