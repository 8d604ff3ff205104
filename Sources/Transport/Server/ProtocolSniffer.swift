import NIOCore

/// Tells HTTP/2 with prior knowledge from HTTP/1.1 by a connection's first bytes. A value, tested without sockets.
package struct PrefaceMatcher {
    package enum Verdict: Equatable { case undecided, http1, http2 }

    /// RFC 9113 section 3.4.
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// The verdict on all bytes so far. The first byte that differs from the preface makes it HTTP/1.1: no HTTP/1.1
    /// request is a prefix of it.
    package static func verdict(_ bytes: some Collection<UInt8>) -> Verdict {
        for (byte, expected) in zip(bytes, preface) where byte != expected { return .http1 }
        return bytes.count >= preface.count ? .http2 : .undecided
    }
}

/// Waits for a connection's first bytes, installs the handlers of the protocol that they speak, and steps aside.
final class ProtocolSniffer: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let timeouts: HTTPServerConfiguration.Timeouts
    private let install: (PrefaceMatcher.Verdict, ChannelHandlerContext) throws -> Void
    private let failed: (any Error, ChannelHandlerContext) -> Void
    private var received: ByteBuffer?
    private var timeout: Scheduled<Void>?
    private var isInstalled = false

    /// - Parameters:
    ///   - install: adds the handlers of `.http1` or `.http2` after the sniffer.
    ///   - failed: told of an error before that.
    init(
        timeouts: HTTPServerConfiguration.Timeouts,
        install: @escaping (PrefaceMatcher.Verdict, ChannelHandlerContext) throws -> Void,
        failed: @escaping (any Error, ChannelHandlerContext) -> Void
    ) {
        self.timeouts = timeouts
        self.install = install
        self.failed = failed
    }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        timeout = context.eventLoop.scheduleTask(in: TimeAmount(timeouts.header)) { bound.value.close(promise: nil) }
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isInstalled else { return context.fireChannelRead(data) }
        var bytes = Self.unwrapInboundIn(data)
        received.setOrWriteBuffer(&bytes)
        guard let received else { return }
        let verdict = PrefaceMatcher.verdict(received.readableBytesView)
        guard verdict != .undecided else { return }
        timeout?.cancel()
        isInstalled = true
        do {
            try install(verdict, context)
            context.fireChannelRead(Self.wrapInboundOut(received))
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if !isInstalled { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isInstalled else { return context.fireErrorCaught(error) }
        // Whoever has met the error closes the connection.
        failed(error, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timeout?.cancel()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Nothing has been asked yet, so that nothing is lost by closing.
        if event is ServerConnectionEvent, !isInstalled {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
