public import HTTPTypes
public import NIOCore

/// What happened on a connection, in order. Streams are named by their HTTP/2 stream id.
///
/// For every stream: one head, then data, then perhaps trailers, then ``end(stream:)`` when the peer's message is complete; and
/// ``closed(stream:_:)`` exactly once, whatever happened, as its last event. A stream of which no event was ever given is not
/// reported as closed either; a client's stream counts as given from the moment that `submit` returns its id.
public enum SessionEvent: Sendable, Hashable {
    /// Server: a request began. With `endStream` it has no body; ``end(stream:)`` follows all the same.
    case requestHead(stream: Int32, HTTPRequest, endStream: Bool)
    /// Client: an interim response (1xx); the final one is still to come.
    case informationalResponse(stream: Int32, HTTPResponse)
    /// Client: the final response began. With `endStream` it has no body; ``end(stream:)`` follows all the same.
    case responseHead(stream: Int32, HTTPResponse, endStream: Bool)
    /// A piece of body. `flowControlledBytes` are to be given back with `consumed(stream:bytes:)` as they are used.
    case data(stream: Int32, ByteBuffer, flowControlledBytes: Int)
    /// The fields after the body; ``end(stream:)`` follows.
    case trailers(stream: Int32, HTTPFields)
    /// The peer's message is complete.
    case end(stream: Int32)
    /// Why a stream is about to close with an error, in words; ``closed(stream:_:)`` follows, now or after the next `drain`.
    case streamFailure(stream: Int32, reason: String)
    /// The stream is gone: nothing more comes, and whatever is sent on it is ignored. `refusedStream` means that the server did
    /// not act on the request, so that it may be sent again.
    case closed(stream: Int32, ErrorCode)
    /// The peer will take no streams above `lastStream` (2^31 - 1 in a first warning). Those above it are closed with
    /// `refusedStream`.
    case goAway(lastStream: Int32, ErrorCode, debug: String)
    /// The peer's SETTINGS arrived or changed.
    case settings
    /// The answer to `ping(_:)`, with the same value.
    case pingAck(UInt64)
    /// Unsent bytes of the stream have fallen to the low watermark after having reached the high one.
    case writable(stream: Int32)
    /// The peer broke a rule or a limit and the session is ending: drain what is left (a GOAWAY), then close the connection.
    case violation(SessionViolation)
}
