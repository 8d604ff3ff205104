/// What a session keeps of an open stream.
final class StreamState {
    /// The application knows of the stream, so it is told when the stream closes.
    var isAnnounced = false
    /// The application asked for a reset: it hears nothing more but the close.
    var isAbandoned = false

    /// The application hears nothing of the stream but its close.
    var isSilent: Bool { !isAnnounced || isAbandoned || isDiscarding }

    // What we send.
    var outbound = OutboundQueue()
    /// The final head (request or response) was handed to libnghttp2.
    var hasSubmittedHead = false
    /// The message that we send is complete, as far as the application is concerned.
    var isOutboundEnded = false
    /// libnghttp2 asked for body when there was none, and waits to be told.
    var isDeferred = false
    /// The high watermark was reached and `writable` is owed.
    var owesWritable = false

    // What we receive.
    /// The final head of the peer's message has arrived.
    var hasReceivedHead = false
    var isInboundEnded = false
    /// Our message is complete and sent, so that nobody wants the rest of the peer's: it is read and dropped.
    var isDiscarding = false
    /// Bytes dropped so far.
    var discarded = 0
    /// Bytes given to the application and not yet consumed.
    var unconsumed = 0
}
