public import HTTPTypes
public import NIOCore

/// The client's side of one HTTP/2 connection, without the socket. It is used as ``ServerSession`` is; server push is off.
///
/// Which requests may be sent again: those of streams closed with ``ErrorCode/refusedStream`` always, because the server did not act on
/// them (a GOAWAY closes the streams above its last one in this way, and so does a request that was never put on the wire); others
/// only if the request is idempotent.
///
/// Not Sendable: one thread at a time, in NIO the channel's event loop.
public final class ClientSession {
    private let core: SessionCore

    /// Streams that a server allows as far as is known before its SETTINGS arrive (what libnghttp2 assumes).
    private static let assumedConcurrentStreams = 100

    /// Queues the preface and our SETTINGS; drain them at once.
    ///
    /// - Throws: ``HTTP2Error/unsupportedLibrary(_:)``, ``HTTP2Error/invalidLimit(name:value:range:)``.
    public init(limits: SessionLimits = SessionLimits(), clock: SessionClock = .continuous) throws(HTTP2Error) {
        core = try SessionCore(role: .client, limits: limits, clock: clock)
    }

    /// Reads bytes from the peer. A peer that breaks the rules gives ``SessionEvent/violation(_:)``: drain (a GOAWAY) and close.
    ///
    /// - Throws: ``HTTP2Error/notHTTP2(received:)`` when the server answers in HTTP/1, ``HTTP2Error/library(operation:code:message:)`` when memory
    ///   runs out. Events from before the error are in ``takeEvents()``.
    public func receive(_ bytes: ByteBuffer) throws(HTTP2Error) -> [SessionEvent] {
        try core.receive(bytes)
    }

    /// The events since the last `receive` or `takeEvents`. Sending makes events too: streams close, queues empty.
    public func takeEvents() -> [SessionEvent] {
        core.takeEvents()
    }

    /// Appends bytes to be written, until `buffer` has grown by `limit` or by up to one frame (16 KiB) more, or nothing is left.
    public func drain(into buffer: inout ByteBuffer, limit: Int) throws(HTTP2Error) {
        try core.drain(into: &buffer, limit: limit)
    }

    // MARK: Requests

    /// Starts a request and returns its stream; with `endStream` it has no body. Beyond ``remoteMaxConcurrentStreams`` libnghttp2 holds
    /// requests back without bound: ask ``canSubmit`` first.
    ///
    /// - Throws: ``HTTP2Error/goingAway``.
    public func submit(head: HTTPRequest, endStream: Bool) throws(HTTP2Error) -> Int32 {
        try core.submit(head, endStream: endStream)
    }

    /// Whether a request submitted now would go out at once, as far as the number of streams is concerned.
    public var canSubmit: Bool {
        isAcceptingRequests && openStreamCount < remoteMaxConcurrentStreams
    }

    /// Whether new requests are allowed at all: no GOAWAY yet, stream ids left.
    public var isAcceptingRequests: Bool {
        core.isReading && core.library?.isRequestAllowed ?? false
    }

    /// Streams that the server allows at once; 100 until its SETTINGS arrive.
    public var remoteMaxConcurrentStreams: Int {
        guard core.hasReceivedSettings, let library = core.library else { return Self.assumedConcurrentStreams }
        return library.remoteMaximumConcurrentStreams
    }

    /// Whether the server's SETTINGS have arrived.
    public var receivedSettings: Bool { core.hasReceivedSettings }

    /// Queues a piece of body. Never refuses for want of space: watch ``bufferedBytes(stream:)`` and wait for
    /// ``SessionEvent/writable(stream:)``.
    ///
    /// - Throws: ``HTTP2Error/alreadyEnded(stream:)``.
    public func send(stream: Int32, _ data: ByteBuffer, endStream: Bool) throws(HTTP2Error) {
        try core.send(stream: stream, data, endStream: endStream)
    }

    /// Ends the request with trailer fields after the queued body.
    ///
    /// - Throws: ``HTTP2Error/alreadyEnded(stream:)``.
    public func sendTrailers(stream: Int32, _ trailers: HTTPFields) throws(HTTP2Error) {
        try core.sendTrailers(stream: stream, trailers)
    }

    /// Bytes of body queued and not yet drained.
    public func bufferedBytes(stream: Int32) -> Int {
        core.bufferedBytes(stream: stream)
    }

    // MARK: Streams

    /// Gives back `bytes` of ``SessionEvent/data(stream:_:flowControlledBytes:)`` that were used, so that the peer may send as many more. When a stream
    /// closes, whatever was not given back goes back to the connection's window by itself, and later calls are ignored.
    public func consumed(stream: Int32, bytes: Int) {
        core.consumed(stream: stream, bytes: bytes)
    }

    /// Cuts the stream off, normally with ``ErrorCode/cancel``. No event but ``SessionEvent/closed(stream:_:)`` follows. Not after a complete response: servers
    /// count resets.
    public func reset(stream: Int32, code: ErrorCode) {
        core.reset(stream: stream, code: code)
    }

    /// Streams that are open or wait to be.
    public var openStreamCount: Int { core.streams.count }

    // MARK: The connection

    /// Tells the server that no more requests come. When the open ones are done, neither ``wantsRead`` nor ``wantsWrite`` holds.
    public func goAway() throws(HTTP2Error) {
        try core.library?.submitGoAway(lastStream: 0, code: .noError)
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
