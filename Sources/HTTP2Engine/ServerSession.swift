public import HTTPTypes
public import NIOCore

/// The server's side of one HTTP/2 connection, without the socket: bytes in, events out; calls in, bytes out.
///
/// Give every byte that arrives to ``receive(_:)`` and act on the events; after any call that may queue frames, ``drain(into:limit:)`` and
/// write what it yields, then look at ``takeEvents()``. When neither ``wantsRead`` nor ``wantsWrite`` holds, the connection is done:
/// flush and close it.
///
/// Not Sendable: one thread at a time, in NIO the channel's event loop. Never call a session from inside itself (there are no
/// callbacks, so this cannot happen by accident).
///
/// Calls for a stream that is gone are ignored, because a peer may close a stream at any moment.
public final class ServerSession {
    private let core: SessionCore

    /// Queues our SETTINGS; drain them at once.
    ///
    /// - Throws: ``HTTP2Error/unsupportedLibrary(_:)``, ``HTTP2Error/invalidLimit(name:value:range:)``.
    public init(limits: SessionLimits = SessionLimits(), clock: SessionClock = .continuous) throws(HTTP2Error) {
        core = try SessionCore(role: .server, limits: limits, clock: clock)
    }

    /// Reads bytes from the peer. A peer that breaks the rules gives ``SessionEvent/violation(_:)``: drain (a GOAWAY) and close.
    ///
    /// - Throws: ``HTTP2Error/notHTTP2(received:)`` when the connection does not begin with the HTTP/2 preface (nothing should be sent
    ///   back), ``HTTP2Error/library(operation:code:message:)`` when memory runs out. Events from before the error are in ``takeEvents()``.
    public func receive(_ bytes: ByteBuffer) throws(HTTP2Error) -> [SessionEvent] {
        try core.receive(bytes)
    }

    /// The events since the last `receive` or `takeEvents`. Sending makes events too: streams close, queues empty.
    public func takeEvents() -> [SessionEvent] {
        core.takeEvents()
    }

    /// Appends bytes to be written, until `buffer` has grown by `limit` or by up to one frame (16 KiB) more, or nothing is left.
    /// Bodies leave the session only here, so that a socket that is not writable holds them back.
    public func drain(into buffer: inout ByteBuffer, limit: Int) throws(HTTP2Error) {
        try core.drain(into: &buffer, limit: limit)
    }

    // MARK: Answering

    /// Sends the head of the response; with `endStream` it is the whole response. An informational (1xx) head may come before.
    /// Connection-specific fields are left out. When the whole response has been sent before the whole request has arrived, the
    /// rest of the request is read and dropped, up to ``SessionLimits/maximumDiscardedBytes``; the stream closes at its end, or when it is reset.
    ///
    /// - Throws: ``HTTP2Error/alreadyResponded(stream:)``.
    public func respond(stream: Int32, head: HTTPResponse, endStream: Bool) throws(HTTP2Error) {
        try core.respond(stream: stream, head, endStream: endStream)
    }

    /// Queues a piece of body. Never refuses for want of space: watch ``bufferedBytes(stream:)`` and wait for
    /// ``SessionEvent/writable(stream:)``.
    ///
    /// - Throws: ``HTTP2Error/notResponded(stream:)``, ``HTTP2Error/alreadyEnded(stream:)``.
    public func send(stream: Int32, _ data: ByteBuffer, endStream: Bool) throws(HTTP2Error) {
        try core.send(stream: stream, data, endStream: endStream)
    }

    /// Ends the response with trailer fields after the queued body.
    ///
    /// - Throws: ``HTTP2Error/notResponded(stream:)``, ``HTTP2Error/alreadyEnded(stream:)``.
    public func sendTrailers(stream: Int32, _ trailers: HTTPFields) throws(HTTP2Error) {
        try core.sendTrailers(stream: stream, trailers)
    }

    /// Bytes of body queued and not yet drained.
    public func bufferedBytes(stream: Int32) -> Int {
        core.bufferedBytes(stream: stream)
    }

    /// Bytes of body drained so far.
    public func takenBytes(stream: Int32) -> Int {
        core.streams[stream]?.outbound.takenBytes ?? 0
    }

    /// Bytes of body of all streams together, queued and not yet drained.
    public var unsentBytes: Int { core.unsentBytes }

    // MARK: Streams

    /// Gives back `bytes` of ``SessionEvent/data(stream:_:flowControlledBytes:)`` that were used, so that the peer may send as many more. When a stream
    /// closes, whatever was not given back goes back to the connection's window by itself, and later calls are ignored.
    public func consumed(stream: Int32, bytes: Int) {
        core.consumed(stream: stream, bytes: bytes)
    }

    /// Cuts the stream off. Its queued frames are dropped, and no event but ``SessionEvent/closed(stream:_:)`` follows.
    public func reset(stream: Int32, code: ErrorCode) {
        core.reset(stream: stream, code: code)
    }

    /// Streams that are open now, with those that wait for the rest of their reset.
    public var openStreamCount: Int { core.streams.count }

    /// Whether a request's header block has begun and is not complete. Nothing else can arrive on the connection until it
    /// is, so a caller bounds how long it may take.
    public var isReceivingHead: Bool { core.headerBlock != nil }

    // MARK: The connection

    /// First step of a graceful end: asks the client to start nothing more, while what is under way is still accepted.
    public func shutdownNotice() throws(HTTP2Error) {
        try core.library?.submitShutdownNotice()
    }

    /// Second step, a round trip later: streams that have arrived are served, later ones are not. When they are done, neither
    /// ``wantsRead`` nor ``wantsWrite`` holds.
    public func goAway() throws(HTTP2Error) {
        guard let library = core.library else { return }
        try library.submitGoAway(lastStream: library.lastProcessedStream, code: .noError)
    }

    /// Ends the connection now: streams are reported closed, and a GOAWAY with `reason` is all that is still drained.
    public func terminate(_ code: ErrorCode, reason: String = "") {
        core.close(code: code, reason: reason)
    }

    /// Asks for a sign of life; ``SessionEvent/pingAck(_:)`` brings `payload` back.
    public func ping(_ payload: UInt64 = 0) throws(HTTP2Error) {
        try core.library?.submitPing(payload)
    }

    /// Whether bytes from the peer are still of use.
    public var wantsRead: Bool { core.wantsRead }

    /// Whether ``drain(into:limit:)`` would yield something.
    public var wantsWrite: Bool { core.wantsWrite }
}
