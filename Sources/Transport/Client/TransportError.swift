import HTTPTypes

/// Why a call failed. It says which server was asked, how often, and what happened the last time.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// What happened, from a closed list: fit for a metric label (``rawValue``).
    public enum Code: String, Sendable, CaseIterable {
        /// The configuration names no usable server.
        case invalidURL
        /// The host name has no address.
        case nameNotResolved
        /// Nobody listens there.
        case connectionRefused
        /// No connection within the connect timeout.
        case connectTimeout
        /// The connection could not be made for another reason.
        case connectFailed
        /// No secure connection: a certificate that is not believed, or TLS on one side only.
        case tlsFailed
        /// What listens there does not speak HTTP/2.
        case notHTTP2
        /// The connection broke before the answer was whole.
        case connectionLost
        /// The server reset the stream.
        case streamReset
        /// The server took the request back unprocessed (REFUSED_STREAM, GOAWAY).
        case unprocessed
        /// The server answered with a status that asks to try again, until there was no time left for it.
        case unavailable
        /// As many calls as may wait for a connection wait already.
        case queueFull
        /// The deadline passed.
        case deadlineExceeded
        /// The calling task was cancelled.
        case cancelled
        /// The answer exceeds the limit on its size.
        case responseTooLarge
        /// The answer is not what its header says, or not the JSON that was asked for.
        case invalidResponse
        /// The request itself cannot be sent.
        case invalidRequest
        /// The client was shut down.
        case shutDown
    }

    public let code: Code
    /// The call, such as `POST http://127.0.0.1:8080/v1/score`.
    public let call: String
    /// How often a server was asked.
    public let attempts: Int
    /// Since the call began.
    public let elapsed: Duration
    /// What happened, for people.
    public let detail: String

    public init(code: Code, call: String, attempts: Int, elapsed: Duration, detail: String) {
        self.code = code
        self.call = call
        self.attempts = attempts
        self.elapsed = elapsed
        self.detail = detail
    }

    /// A name of bounded cardinality, for metric labels.
    public var shortName: String { code.rawValue }

    public var description: String {
        let tries = attempts == 1 ? "1 attempt" : "\(attempts) attempts"
        return "\(call) failed after \(tries) in \(elapsed.readable): \(detail)"
    }
}

/// Why one attempt of a call failed.
package struct AttemptFailure: Error {
    package let code: TransportError.Code
    package let detail: String
    /// The server did not act on the request, so that it may be sent again whatever its method is.
    package let isUnprocessed: Bool
    /// The connection could not be made: no server has been troubled.
    package let isConnectFailure: Bool

    package init(
        _ code: TransportError.Code, _ detail: String, isUnprocessed: Bool = false, isConnectFailure: Bool = false
    ) {
        self.code = code
        self.detail = detail
        self.isUnprocessed = isUnprocessed || isConnectFailure
        self.isConnectFailure = isConnectFailure
    }

    /// Whether another attempt can have another outcome.
    package var isTransient: Bool {
        switch code {
        case .nameNotResolved, .connectionRefused, .connectTimeout, .connectFailed, .connectionLost, .streamReset,
            .unprocessed, .unavailable, .queueFull:
            true
        case .invalidURL, .tlsFailed, .notHTTP2, .deadlineExceeded, .cancelled, .responseTooLarge, .invalidResponse,
            .invalidRequest, .shutDown:
            false
        }
    }

    /// Whether it speaks against the server that was asked.
    package var isServersFault: Bool {
        switch code {
        case .connectionRefused, .connectTimeout, .connectFailed, .tlsFailed, .notHTTP2, .connectionLost,
            .unavailable, .deadlineExceeded:
            true
        default: false
        }
    }
}
