import HTTP2Engine
import HTTPTypes
import Logging
import NIOCore

/// Serves HTTP/2 on one connection: feeds the session, starts an exchange per stream, gives window credit back as
/// bodies are read, and holds writers back while their stream is congested. Confined to its event loop.
final class HTTP2ServerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Between the warning and the final GOAWAY, so that requests already on the wire still arrive (RFC 9113
    /// section 6.8).
    private static let shutdownNoticeTime = TimeAmount.milliseconds(100)

    private let runner: RequestRunner
    private let peer: Peer
    private let timeouts: HTTPServerConfiguration.Timeouts
    private let limits: SessionLimits
    private let session: ServerSession
    private let pump: HTTP2Pump<ServerSession>
    private var streams: [Int32: HTTP2ServerStream] = [:]
    private var context: ChannelHandlerContext?
    private var ticks: RepeatedTask?
    private var idleSince = NIODeadline.now()
    /// Since when the header of a request has been incomplete.
    private var headSince: NIODeadline?
    /// Since when the client has taken too little for the socket to become writable, or to let the connection close.
    private var congestedSince: NIODeadline?
    private var isDraining = false
    /// What the server's budget knows of this connection's unsent bytes.
    private var reportedUnsent = 0

    init(runner: RequestRunner, peer: Peer) throws {
        self.runner = runner
        self.peer = peer
        timeouts = runner.configuration.timeouts
        limits = SessionLimits(runner.configuration.limits)
        session = try ServerSession(limits: limits)
        pump = HTTP2Pump(session: session)
    }

    // MARK: Life of the connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        ticks = context.eventLoop.scheduleTicks(every: timeouts.tick) { bound.value.tick() }
        flush()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        connectionLost()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        connectionLost()
        context.fireChannelInactive()
    }

    private func connectionLost() {
        ticks?.cancel()
        ticks = nil
        let open = streams
        streams = [:]
        for stream in open.values { stream.closed("the client closed the connection") }
        report(unsent: 0)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
    }

    private func fail(_ error: any Error) {
        runner.logger.debug("connection failed", metadata: ["error": "\(error)"])
        context?.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? ServerConnectionEvent {
        case .drain: drain(context)
        case .terminate:
            session.terminate(.noError, reason: "the server is shutting down")
            flush()
        case .makeRoom: if isIdle, !isDraining { close() }
        case nil: context.fireUserInboundEventTriggered(event)
        }
    }

    private func drain(_ context: ChannelHandlerContext) {
        guard !isDraining else { return }
        isDraining = true
        attempt { try session.shutdownNotice() }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.shutdownNoticeTime) { bound.value.goAway() }
    }

    private var isIdle: Bool { streams.isEmpty && session.openStreamCount == 0 }

    /// Takes no more requests; without any under way, the connection closes.
    private func close() {
        isDraining = true
        goAway()
    }

    private func goAway() {
        attempt { try session.goAway() }
    }

    /// Does something to the session, then sends what comes of it.
    private func attempt(_ operation: () throws -> Void) {
        do {
            try operation()
            flush()
        } catch {
            fail(error)
        }
    }

    private func flush() {
        guard let context else { return }
        do {
            try pump.run(context, handle: handle)
        } catch {
            fail(error)
        }
        // A connection that is lost has given back all it had.
        if ticks != nil { report(unsent: session.unsentBytes) }
    }

    private func report(unsent: Int) {
        guard unsent != reportedUnsent else { return }
        runner.unsent.add(unsent - reportedUnsent)
        reportedUnsent = unsent
    }

    // MARK: Input

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            handle(try session.receive(Self.unwrapInboundIn(data)))
        } catch {
            handle(session.takeEvents())
            fail(error)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
        // Bodies are bounded by their windows, requests by the number of streams: reading on is always safe, and needed
        // for the window updates of our own responses.
        context.read()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { flush() }
        context.fireChannelWritabilityChanged()
    }

    private func handle(_ events: [SessionEvent]) {
        for event in events {
            switch event {
            case .requestHead(let id, let head, _): begin(id, head)
            case .data(let id, let bytes, let credit):
                let spare = streams[id]?.pipe.append(bytes, credit: credit) ?? credit
                if spare > 0 { session.consumed(stream: id, bytes: spare) }
            case .end(let id): streams[id]?.pipe.finish()
            case .streamFailure(let id, let reason): streams[id]?.failureReason = reason
            case .closed(let id, let code): closed(id, code)
            case .writable(let id): streams[id]?.unblock()
            case .violation(let violation):
                runner.logger.warning(
                    "closing an HTTP/2 connection: \(violation)",
                    metadata: [
                        "violation": "\(violation.shortDescription)",
                        "client": "\(context?.remoteAddress?.description ?? "")",
                    ])
            case .goAway, .settings, .pingAck, .trailers, .responseHead, .informationalResponse: break
            }
        }
    }

    private func begin(_ id: Int32, _ head: HTTPRequest) {
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let pipe = BodyPipe { credit in
            bound.eventLoop.execute { bound.value.bodyDemanded(id, credit) }
        }
        let arrival = RequestRunner.Arrival(
            head: head, pipe: pipe, sink: HTTP2ResponseSink(handler: bound, stream: id),
            peer: peer, httpVersion: "HTTP/2")
        let expectsContinue = head.headerFields[.expect]?.lowercased() == "100-continue"
        streams[id] = HTTP2ServerStream(
            exchange: runner.start(arrival, on: context.eventLoop, unsentBytes: session.unsentBytes), pipe: pipe,
            awaitsContinue: expectsContinue)
    }

    private func bodyDemanded(_ id: Int32, _ credit: Int) {
        guard let stream = streams[id] else { return }
        if credit > 0 {
            session.consumed(stream: id, bytes: credit)
        } else if stream.awaitsContinue && !stream.hasResponded {
            stream.awaitsContinue = false
            attempt {
                try session.respond(stream: id, head: HTTPResponse(status: .continue), endStream: false)
            }
        }
        flush()
    }

    private func closed(_ id: Int32, _ code: ErrorCode) {
        idleSince = .now()
        guard let stream = streams.removeValue(forKey: id) else { return }
        if stream.hasEnded && code == .noError { return }
        stream.closed(stream.failureReason ?? "the client reset the stream (\(code))")
    }

    // MARK: Output, called by the sink on the loop

    func start(
        _ id: Int32, _ head: HTTPResponse, body: ByteBuffer?, isComplete: Bool,
        _ continuation: CheckedContinuation<Void, any Error>
    ) {
        write(id, continuation) { stream in
            stream.hasResponded = true
            stream.hasEnded = isComplete
            try session.respond(stream: id, head: head, endStream: isComplete && body == nil)
            if let body { try session.send(stream: id, body, endStream: isComplete) }
        }
    }

    func send(_ id: Int32, _ bytes: ByteBuffer, _ continuation: CheckedContinuation<Void, any Error>) {
        write(id, continuation) { _ in try session.send(stream: id, bytes, endStream: false) }
    }

    func finish(_ id: Int32, _ continuation: CheckedContinuation<Void, any Error>) {
        write(id, continuation) { stream in
            stream.hasEnded = true
            try session.send(stream: id, ByteBuffer(), endStream: true)
        }
    }

    func abort(_ id: Int32) {
        guard let stream = streams[id], !stream.hasEnded else { return }
        session.reset(stream: id, code: .internalError)
        flush()
    }

    private func write(
        _ id: Int32, _ continuation: CheckedContinuation<Void, any Error>,
        _ operation: (HTTP2ServerStream) throws -> Void
    ) {
        guard let stream = streams[id], !stream.hasEnded else {
            return continuation.resume(throwing: ConnectionLost(reason: "the stream is closed"))
        }
        do {
            try operation(stream)
        } catch {
            return continuation.resume(throwing: error)
        }
        if stream.hasEnded {
            // What the handler left unread is of no more use.
            let unread = stream.pipe.abandon()
            if unread > 0 { session.consumed(stream: id, bytes: unread) }
        }
        if !stream.hasEnded, session.bufferedBytes(stream: id) >= limits.outboundHighWatermark {
            stream.block(continuation)
        } else {
            continuation.resume()
        }
        flush()
    }

    // MARK: Timeouts

    private func tick() {
        let now = NIODeadline.now()
        if let reason = overdue(now) {
            runner.logger.debug("connection closed: \(reason)")
            context?.close(promise: nil)
            return
        }
        let rate = runner.configuration.limits.minimumBytesPerSecond
        for (id, stream) in streams {
            stream.pipe.expire(after: timeouts.body, rate: rate, now: now)
            let unsent = session.bufferedBytes(stream: id)
            if stream.pace.isTooSlow(
                unsent: unsent, taken: session.takenBytes(stream: id), now: now, silence: TimeAmount(timeouts.write),
                rate: rate)
            {
                runner.logger.debug("stream reset: the client does not read its response")
                session.reset(stream: id, code: .cancel)
            } else if stream.isLingering(buffered: unsent, now: now, limit: TimeAmount(timeouts.body)) {
                session.reset(stream: id, code: .noError)
            }
        }
        if isIdle {
            if now - idleSince > TimeAmount(timeouts.idle), !isDraining { close() }
        } else {
            idleSince = now
        }
        flush()
    }

    /// Why the connection has to end without another word, if it has to.
    private func overdue(_ now: NIODeadline) -> String? {
        headSince = session.isReceivingHead ? headSince ?? now : nil
        let isCongested = pump.isClosing || context?.channel.isWritable == false
        congestedSince = isCongested ? congestedSince ?? now : nil
        if let headSince, now - headSince > TimeAmount(timeouts.header) {
            return "the header of a request was not complete in time"
        }
        if let congestedSince, now - congestedSince > TimeAmount(timeouts.write) {
            return "the client does not read"
        }
        return nil
    }
}

extension SessionLimits {
    init(_ limits: HTTPServerConfiguration.Limits) {
        self.init()
        maximumConcurrentStreams = limits.maximumConcurrentStreams
        streamWindowBytes = limits.streamWindowBytes
        // Twice the room of all streams' windows: streams nobody reads cannot take the connection's from the others, and
        // what is left is still the half of it that libnghttp2 waits for before it opens the window again.
        let allStreams = limits.maximumConcurrentStreams.multipliedReportingOverflow(by: 2 * limits.streamWindowBytes)
        connectionWindowBytes =
            allStreams.overflow ? Int(Int32.max) : min(max(65_535, allStreams.partialValue), Int(Int32.max))
        maximumHeaderListBytes = limits.maximumHeaderBytes
    }
}
