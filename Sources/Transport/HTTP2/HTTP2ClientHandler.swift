import HTTP2Engine
import HTTPTypes
import Logging
import NIOCore

/// What a connection tells the pool, on its loop, in order.
enum ClientConnectionEvent: Sendable {
    /// The server's SETTINGS have arrived: it speaks HTTP/2, and takes so many calls at a time.
    case ready(ClientConnection, limit: Int)
    case limit(Int)
    /// GOAWAY: no new calls.
    case draining
    /// Closed before it was ready.
    case failed(AttemptFailure)
    /// Closed after it was ready.
    case closed
}

/// Carries calls over one HTTP/2 connection. Confined to its event loop; ``ClientConnection`` is the way in from elsewhere.
final class HTTP2ClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case connecting
        case ready
        case closed
    }

    private final class Stream {
        let exchange: ClientExchange
        var failureReason: String?
        init(_ exchange: ClientExchange) { self.exchange = exchange }
    }

    private let session: ClientSession
    private let pump: HTTP2Pump<ClientSession>
    private let settingsTimeout: TimeAmount
    private let keepAlive: TimeAmount
    private let explain: (any Error, ChannelHandlerContext) -> AttemptFailure?
    private let report: @Sendable (ClientConnectionEvent) -> Void
    private var context: ChannelHandlerContext?
    private var phase: Phase = .connecting
    private var streams: [Int32: Stream] = [:]
    private var ticks: RepeatedTask?
    private var timeout: Scheduled<Void>?
    private var lastRead = NIODeadline.now()
    private var pingSent = false
    private var isDraining = false
    private var lostReason: String?
    private var isNotHTTP2 = false
    /// Why this server can take no calls, where waiting would not help.
    private var refusal: AttemptFailure?

    /// - Parameter explain: what an error of the encryption means; nil for what is none.
    init(
        settingsTimeout: Duration, keepAlive: Duration,
        explain: @escaping (any Error, ChannelHandlerContext) -> AttemptFailure?,
        report: @escaping @Sendable (ClientConnectionEvent) -> Void
    ) throws {
        var limits = SessionLimits()
        // Room for 64 answers that nobody reads, and as much again, so that they do not hold up the others.
        limits.connectionWindowBytes = 2 * 64 * limits.streamWindowBytes
        limits.maximumHeaderListBytes = 64 << 10
        session = try ClientSession(limits: limits)
        pump = HTTP2Pump(session: session)
        self.settingsTimeout = TimeAmount(settingsTimeout)
        self.keepAlive = TimeAmount(keepAlive)
        self.explain = explain
        self.report = report
    }

    // MARK: Life of the connection

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        timeout = context.eventLoop.scheduleTask(in: settingsTimeout) {
            bound.value.lose("no HTTP/2 SETTINGS within the connect timeout")
        }
        let interval = max(TimeAmount.milliseconds(5), .nanoseconds(min(keepAlive.nanoseconds / 4, 1_000_000_000)))
        ticks = context.eventLoop.scheduleTicks(every: interval) { bound.value.tick() }
        flush()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connectionClosed()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        connectionClosed()
        self.context = nil
    }

    private func connectionClosed() {
        // Without a context there was no connection, and whoever tried to connect says so.
        guard phase != .closed, context != nil else { return }
        ticks?.cancel()
        timeout?.cancel()
        let wasReady = phase == .ready
        phase = .closed
        let open = streams
        streams = [:]
        let reason = lostReason ?? "the server closed the connection"
        for stream in open.values { stream.exchange.closed(refusal ?? AttemptFailure(.connectionLost, reason)) }
        if wasReady {
            report(.closed)
        } else if let refusal {
            report(.failed(refusal))
        } else if isNotHTTP2 {
            report(.failed(AttemptFailure(.notHTTP2, reason)))
        } else {
            report(.failed(AttemptFailure(.connectFailed, reason, isConnectFailure: true)))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let failure = explain(error, context) else { return lose("\(error)") }
        // Once calls are under way, what TLS says is one more way to lose the connection.
        if phase == .connecting {
            refusal = refusal ?? failure
            lose(failure.detail)
        } else {
            lose(failure.code == .tlsFailed ? failure.detail : "the server closed the connection")
        }
    }

    private func lose(_ reason: String) {
        lostReason = lostReason ?? reason
        context?.close(promise: nil)
    }

    private func flush() {
        guard let context, phase != .closed else { return }
        do {
            try pump.run(context, handle: handle)
        } catch {
            lose("\(error)")
        }
    }

    // MARK: Input

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastRead = .now()
        pingSent = false
        do {
            handle(try session.receive(Self.unwrapInboundIn(data)))
        } catch {
            handle(session.takeEvents())
            if case .notHTTP2(let received) = error, phase == .connecting {
                isNotHTTP2 = true
                // An alert, from a server that has met no TLS.
                if received.hasPrefix("\\x15\\x03") { refusal = refusal ?? .speaksTLS }
            }
            lose("\(error)")
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { flush() }
        context.fireChannelWritabilityChanged()
    }

    private func handle(_ events: [SessionEvent]) {
        for event in events {
            switch event {
            case .settings: settingsArrived()
            case .responseHead(let id, let head, _): streams[id]?.exchange.received(head)
            case .data(let id, let bytes, let credit):
                let spare = streams[id]?.exchange.pipe.append(bytes, credit: credit) ?? credit
                if spare > 0 { session.consumed(stream: id, bytes: spare) }
            case .end(let id): ended(id)
            case .streamFailure(let id, let reason): streams[id]?.failureReason = reason
            case .closed(let id, let code): closed(id, code)
            case .goAway(_, let code, let debug):
                // Ours say so (RFC 9113 section 7): it would be no better the next time.
                if code == .inadequateSecurity { refusal = refusal ?? .speaksTLS }
                if code != .noError {
                    lostReason = "the server ended the connection (\(code)\(debug.isEmpty ? "" : ": " + debug))"
                }
                drain()
            case .violation(let violation): lostReason = "the server broke HTTP/2: \(violation)"
            case .requestHead, .trailers, .informationalResponse, .pingAck, .writable: break
            }
        }
    }

    private func settingsArrived() {
        guard let context else { return }
        let limit = session.remoteMaxConcurrentStreams
        guard phase == .connecting else { return report(.limit(limit)) }
        phase = .ready
        timeout?.cancel()
        report(.ready(ClientConnection(NIOLoopBound(self, eventLoop: context.eventLoop)), limit: limit))
    }

    private func ended(_ id: Int32) {
        guard let stream = streams[id] else { return }
        stream.exchange.ended()
        // An answer that did not wait for the whole request: the rest of it is of no use.
        if session.bufferedBytes(stream: id) > 0 { session.reset(stream: id, code: .cancel) }
    }

    private func closed(_ id: Int32, _ code: ErrorCode) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        if code == .refusedStream {
            stream.exchange.closed(
                AttemptFailure(.unprocessed, "the server took no more requests (\(code))", isUnprocessed: true))
        } else {
            let why = stream.failureReason.map { "the answer was cut off: \($0)" }
            stream.exchange.closed(AttemptFailure(.streamReset, why ?? "the server reset the stream (\(code))"))
        }
        if isDraining && streams.isEmpty { close() }
    }

    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        report(.draining)
        if streams.isEmpty { close() }
    }

    // MARK: Calls, on the loop

    func submit(_ exchange: ClientExchange) {
        guard phase == .ready, !isDraining, session.isAcceptingRequests else {
            return exchange.closed(
                refusal ?? AttemptFailure(.unprocessed, "the connection was closing", isUnprocessed: true))
        }
        guard !exchange.isCancelled, let context else {
            return exchange.closed(AttemptFailure(.cancelled, "the call was cancelled"))
        }
        do {
            let id = try session.submit(head: exchange.request, endStream: exchange.body == nil)
            streams[id] = Stream(exchange)
            if let body = exchange.body { try session.send(stream: id, body, endStream: true) }
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            let control = ClientExchange.StreamControl(
                consumed: { bytes in bound.eventLoop.execute { bound.value.consumed(id, bytes) } },
                cancel: { bound.eventLoop.execute { bound.value.cancel(id) } })
            if !exchange.started(control) { session.reset(stream: id, code: .cancel) }
            // Silence counts from the first call on.
            if streams.count == 1 { lastRead = .now() }
        } catch {
            exchange.closed(AttemptFailure(.unprocessed, "\(error)", isUnprocessed: true))
        }
        flush()
    }

    private func consumed(_ id: Int32, _ bytes: Int) {
        session.consumed(stream: id, bytes: bytes)
        flush()
    }

    private func cancel(_ id: Int32) {
        guard streams[id] != nil else { return }
        session.reset(stream: id, code: .cancel)
        flush()
    }

    /// Ends the connection once its calls are over; at once when there are none.
    func close() {
        isDraining = true
        guard phase != .closed, streams.isEmpty else { return }
        do {
            try session.goAway()
            flush()
        } catch {
            lose("\(error)")
        }
    }

    private func tick() {
        guard !streams.isEmpty, phase == .ready else { return }
        let silence = NIODeadline.now() - lastRead
        if silence > keepAlive + keepAlive {
            lose("the server has been silent for \(Duration.nanoseconds(silence.nanoseconds).readable)")
        } else if silence > keepAlive, !pingSent {
            pingSent = true
            do {
                try session.ping(0)
                flush()
            } catch {
                lose("\(error)")
            }
        }
    }
}

extension AttemptFailure {
    fileprivate static var speaksTLS: AttemptFailure {
        AttemptFailure(
            .tlsFailed, "the server speaks TLS there: let the URL begin with https://", isConnectFailure: true)
    }
}
