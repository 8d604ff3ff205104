import HTTPTypes

/// What a server tells those who count: metrics live elsewhere. Called on event loops and in request tasks: return
/// quickly.
public protocol ServerObserver: Sendable {
    func connectionOpened()
    func connectionClosed()
    /// A connection came to nothing, because TLS did.
    func handshakeFailed()
    func requestStarted()
    /// Once for every `requestStarted`.
    func requestFinished(_ record: RequestRecord)
}

extension ServerObserver {
    public func handshakeFailed() {}
}

/// One finished request.
public struct RequestRecord: Sendable {
    /// How the exchange ended.
    public enum Outcome: String, Sendable, CaseIterable {
        /// Answered in full.
        case answered
        /// Refused with 503, because the server had enough to do.
        case shed
        /// Refused with 429, because the client has used up its share.
        case limited
        /// The deadline passed first.
        case deadline
        /// The client went away before the end of the answer.
        case disconnected
        /// A streaming response broke off.
        case broken
    }

    public let method: HTTPRequest.Method
    /// The pattern that the router matched, such as `/v1/evaluations/{id}`; nil when none did.
    public let route: String?
    /// The status sent; nil when none was.
    public let status: Int?
    public let outcome: Outcome
    public let duration: Duration
    /// From the request's header to the beginning of its handler; nil when no handler was asked.
    public let queueWait: Duration?
    /// Bytes of the request's body that were read, as sent (compressed).
    public let requestBytes: Int
    /// Bytes of the answer's body as sent (compressed); nil where it was streamed or none was sent.
    public let responseBytes: Int?
    /// What making the answer ready to be sent took, compression above all.
    public let encoding: Duration
    /// "HTTP/1.1" or "HTTP/2".
    public let httpVersion: String
}
