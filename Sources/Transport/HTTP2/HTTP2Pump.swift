import HTTP2Engine
import NIOCore

/// What client and server sessions have in common, as far as moving bytes goes.
protocol HTTP2Session: AnyObject {
    func receive(_ bytes: ByteBuffer) throws(HTTP2Error) -> [SessionEvent]
    func takeEvents() -> [SessionEvent]
    func drain(into buffer: inout ByteBuffer, limit: Int) throws(HTTP2Error)
    var wantsRead: Bool { get }
    var wantsWrite: Bool { get }
}

extension ServerSession: HTTP2Session {}
extension ClientSession: HTTP2Session {}

/// Moves a session's bytes to its channel, no faster than the socket takes them, and closes the channel when the session
/// is done.
final class HTTP2Pump<Session: HTTP2Session> {
    /// Bytes taken from the session at a time. Larger writes only move the queue from the session to the channel.
    private static var chunk: Int { 64 << 10 }

    private let session: Session
    private var isRunning = false
    private var mustRepeat = false
    /// The session is done; its last bytes are on their way out.
    private(set) var isClosing = false

    init(session: Session) { self.session = session }

    /// Writes what the session has; hands the events that writing causes to `handle`. May be called from within `handle`.
    func run(_ context: ChannelHandlerContext, handle: ([SessionEvent]) -> Void) throws {
        guard !isRunning else {
            mustRepeat = true
            return
        }
        isRunning = true
        defer { isRunning = false }
        repeat {
            mustRepeat = false
            try write(context, handle)
        } while mustRepeat
        if !session.wantsRead && !session.wantsWrite { close(context) }
    }

    private func write(_ context: ChannelHandlerContext, _ handle: ([SessionEvent]) -> Void) throws {
        var hasWritten = false
        while true {
            let events = session.takeEvents()
            if !events.isEmpty { handle(events) }
            guard context.channel.isWritable else { break }
            var buffer = context.channel.allocator.buffer(capacity: Self.chunk)
            try session.drain(into: &buffer, limit: Self.chunk)
            guard buffer.readableBytes > 0 else {
                let events = session.takeEvents()
                if events.isEmpty { break }
                handle(events)
                continue
            }
            hasWritten = true
            context.write(NIOAny(buffer), promise: nil)
        }
        // One system call for all frames of this turn.
        if hasWritten { context.flush() }
    }

    private func close(_ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        isClosing = true
        // An empty write completes after all that came before it.
        let written = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: written)
    }
}
