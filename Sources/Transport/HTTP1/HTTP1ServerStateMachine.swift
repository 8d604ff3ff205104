/// What a server's HTTP/1.1 connection may do next: one request at a time, the next when the response is out.
///
/// A value without sockets. The handler reports what happened and does what it is told.
package struct HTTP1ServerStateMachine {
    private struct Exchange {
        var requestComplete = false
        var keepAlive: Bool
        var headSent = false
    }

    private enum State {
        /// Between requests.
        case idle
        case active(Exchange)
        /// The last response is out, but the client may still be sending: its bytes are read and dropped for a
        /// while, because closing on unread bytes would make the kernel reset the connection, and the client might
        /// lose the response.
        case lingering
        case closed
    }

    private var state: State = .idle
    /// The input cannot be parsed any further: no other request can follow.
    private var inputIsBroken = false
    package private(set) var isDraining = false

    package init() {}

    package enum Input: Equatable { case deliver, drop }
    package enum End: Equatable {
        /// The connection is free for the next request.
        case next
        case linger
        case close
    }

    /// A request begins. The handler calls this only when ``isIdle``.
    package mutating func requestHead(keepAlive: Bool) {
        guard case .idle = state else { preconditionFailure("a request began while another was active") }
        state = .active(Exchange(keepAlive: keepAlive))
    }

    package var isIdle: Bool {
        if case .idle = state { return true }
        return false
    }

    package var isLingering: Bool {
        if case .lingering = state { return true }
        return false
    }

    /// Body bytes arrived.
    package func requestBody() -> Input {
        if case .active = state { return .deliver }
        return .drop
    }

    /// The request is complete.
    package mutating func requestEnd() {
        guard case .active(var exchange) = state else { return }
        exchange.requestComplete = true
        state = .active(exchange)
    }

    /// Whether more bytes from the socket have a place to go: the next request, or a reader of the body.
    /// - Parameter bodyHasRoom: whether less than a socket read's worth of the body waits for its reader.
    package func wantsInput(bodyHasRoom: Bool) -> Bool {
        switch state {
        case .idle: !inputIsBroken
        case .active(let exchange): !exchange.requestComplete && bodyHasRoom && !inputIsBroken
        case .lingering: true
        case .closed: false
        }
    }

    /// The response's head goes out: may the connection be kept for another request? No when part of the request is
    /// still on its way, because nobody will read it, or when only closing marks the response's end.
    /// - Returns: nil when no response may begin.
    package mutating func responseHead(endIsMarked: Bool = true) -> Bool? {
        guard case .active(var exchange) = state, !exchange.headSent else { return nil }
        exchange.headSent = true
        exchange.keepAlive =
            exchange.keepAlive && exchange.requestComplete && endIsMarked && !isDraining && !inputIsBroken
        state = .active(exchange)
        return exchange.keepAlive
    }

    package var hasSentHead: Bool {
        if case .active(let exchange) = state { return exchange.headSent }
        return false
    }

    /// Whether the client still sends the body of the active request.
    package var isReceiving: Bool {
        if case .active(let exchange) = state { return !exchange.requestComplete }
        return false
    }

    /// The response is out.
    package mutating func responseEnd() -> End {
        guard case .active(let exchange) = state else { return .close }
        if exchange.keepAlive && !isDraining && !inputIsBroken {
            state = .idle
            return .next
        }
        if exchange.requestComplete && !inputIsBroken {
            state = .closed
            return .close
        }
        state = .lingering
        return .linger
    }

    /// The input cannot be parsed. True when nothing is active, so that the handler itself must answer, and linger.
    package mutating func inputBroke() -> Bool {
        inputIsBroken = true
        guard case .idle = state else { return false }
        state = .lingering
        return true
    }

    /// No further requests. True when the connection is to be closed at once.
    package mutating func drain() -> Bool {
        isDraining = true
        guard case .idle = state else { return false }
        state = .closed
        return true
    }

    package mutating func closed() { state = .closed }
}
