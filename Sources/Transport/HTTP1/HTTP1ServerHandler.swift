import DequeModule
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import ServiceAPI

/// Serves HTTP/1.1 on one connection: executes what ``HTTP1ServerStateMachine`` decides, reads from the socket only
/// when someone wants the bytes, and starts each request's exchange. Confined to its event loop.
final class HTTP1ServerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Bytes of a body that wait for their reader before the socket is no longer read.
    private static let bodyBuffer = 64 << 10
    /// How long a client may go on sending after it has been answered with "connection: close".
    private static let lingerTime = TimeAmount.seconds(2)

    private struct Active {
        let id: Int
        let exchange: ServerExchange
        let pipe: BodyPipe
        let version: HTTPVersion
        var awaitsContinue: Bool
    }

    private let runner: RequestRunner
    private let peer: Peer
    private let timeouts: HTTPServerConfiguration.Timeouts
    private var machine = HTTP1ServerStateMachine()
    private var context: ChannelHandlerContext?
    /// Parts that were parsed while an earlier request was being answered: at most one socket read's worth.
    private var pending: Deque<HTTPServerRequestPart> = []
    private var active: Active?
    private var requestCount = 0
    private var blockedWriter: CheckedContinuation<Void, any Error>?
    /// How the client takes its responses, and how many bytes of bodies there were so far.
    private var pace = TransferPace()
    private var writtenBytes = 0
    /// What the server's budget knows of this connection's unsent bytes.
    private var reportedUnsent = 0
    private var ticks: RepeatedTask?
    private var idleSince = NIODeadline.now()
    /// Since when a request's header has been incomplete.
    private var headerSince: NIODeadline?
    private var lingerSince: NIODeadline?

    init(runner: RequestRunner, peer: Peer) {
        self.runner = runner
        self.peer = peer
        timeouts = runner.configuration.timeouts
    }

    // MARK: Life of the connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        ticks = context.eventLoop.scheduleTicks(every: timeouts.tick) { bound.value.tick() }
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
        machine.closed()
        blockedWriter.take()?.resume(throwing: ConnectionLost(reason: "the client closed the connection"))
        active.take()?.exchange.lost("the client closed the connection")
        pending.removeAll()
        report(unsent: 0)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? ServerConnectionEvent {
        case .drain: if machine.drain() { context.close(promise: nil) }
        case .terminate: context.close(promise: nil)
        case .makeRoom:
            if machine.isIdle, pending.isEmpty, headerSince == nil, unsentBytes(context) == 0, machine.drain() {
                context.close(promise: nil)
            }
        case nil: context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: Input

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !machine.isLingering else { return }
        pending.append(Self.unwrapInboundIn(data))
        processPending(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes came, but no request head out of them.
        if machine.isIdle, pending.isEmpty, headerSince == nil { headerSince = .now() }
        readIfWanted()
        context.fireChannelReadComplete()
    }

    private func processPending(_ context: ChannelHandlerContext) {
        while let part = pending.first {
            // One response at a time: a client that sends requests and takes no answers is not to fill the memory with them.
            if case .head = part, !machine.isIdle || !context.channel.isWritable { return }
            pending.removeFirst()
            switch part {
            case .head(let head): begin(head, context)
            case .body(let bytes):
                guard case .deliver = machine.requestBody(), let active else { continue }
                _ = active.pipe.append(bytes, credit: 0)
            case .end:
                machine.requestEnd()
                active?.pipe.finish()
            }
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        headerSince = nil
        requestCount += 1
        let id = requestCount
        machine.requestHead(keepAlive: head.isKeepAlive)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let pipe = BodyPipe { _ in
            bound.eventLoop.execute { bound.value.bodyDemanded(by: id) }
        }
        let sink = HTTP1ResponseSink(handler: bound, request: id)
        let request: HTTPRequest
        do {
            request = try HTTPRequest(head)
        } catch {
            return answerUnparsable(error as? ProblemResponse ?? .unexpected(requestID: "-"), context)
        }
        let arrival = RequestRunner.Arrival(
            head: request, pipe: pipe, sink: sink, peer: peer,
            httpVersion: "HTTP/\(head.version.major).\(head.version.minor)")
        let expectsContinue = head.headers["expect"].contains { $0.lowercased() == "100-continue" }
        active = Active(
            id: id,
            exchange: runner.start(arrival, on: context.eventLoop, unsentBytes: unsentBytes(context)),
            pipe: pipe, version: head.version,
            awaitsContinue: expectsContinue && head.version.hasChunks)
    }

    private func bodyDemanded(by id: Int) {
        guard var active, active.id == id, let context else { return }
        if active.awaitsContinue, machine.isReceiving, !machine.hasSentHead {
            active.awaitsContinue = false
            self.active = active
            let interim = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(Self.wrapOutboundOut(.head(interim)), promise: nil)
        }
        readIfWanted()
    }

    private func readIfWanted() {
        guard pending.isEmpty, let context, context.channel.isWritable || !machine.isIdle else { return }
        let hasRoom = (active?.pipe.bufferedBytes ?? 0) < Self.bodyBuffer
        if machine.wantsInput(bodyHasRoom: hasRoom) { context.read() }
    }

    // MARK: Faulty input

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What follows what could not be parsed: dropped, so that the client gets to read why.
        if case .dataReceivedInErrorState? = error as? ByteToMessageDecoderError { return }
        guard let parserError = error as? HTTPParserError else {
            runner.logger.debug("connection failed", metadata: ["error": "\(error)"])
            return context.close(promise: nil)
        }
        // The decoder also reports an end in the middle of a message, when there is nobody left to tell.
        guard !machine.isLingering, context.channel.isActive else { return }
        let problem = HTTP1Fault.problem(for: parserError)
        if machine.inputBroke() {
            answerUnparsable(problem, context)
        } else if machine.isReceiving {
            active?.pipe.fail(problem)
        }
    }

    /// Answers what never became a request, then lets the client read the answer before closing.
    private func answerUnparsable(_ problem: ProblemResponse, _ context: ChannelHandlerContext) {
        _ = machine.inputBroke()
        let rendered = ResponseRenderer.render(
            .problem(problem), to: HTTPRequest(method: .get, scheme: nil, authority: nil, path: nil),
            requestID: RequestSteering.requestID(in: [:]), minimumCompressedBytes: .max)
        let head = HTTPResponseHead(rendered.head, version: .http1_1, keepAlive: false, isStreaming: false)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        if let body = rendered.body { context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
        linger(context)
    }

    // MARK: Output, called by the sink on the loop

    func start(
        _ id: Int, _ head: HTTPResponse, body: ByteBuffer?, isComplete: Bool,
        _ continuation: CheckedContinuation<Void, any Error>
    ) {
        // HTTP/1.0 has no chunks: the end of a stream is the end of the connection.
        let isStreaming = !isComplete
        guard let active, active.id == id, let context,
            let keepAlive = machine.responseHead(endIsMarked: !isStreaming || active.version.hasChunks)
        else {
            return continuation.resume(throwing: ConnectionLost(reason: "the request is over"))
        }
        let head = HTTPResponseHead(head, version: active.version, keepAlive: keepAlive, isStreaming: isStreaming)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        if let body { write(body, context) }
        if isComplete {
            continuation.resume()
            complete(context)
        } else {
            context.flush()
            block(continuation, context)
        }
    }

    func send(_ id: Int, _ bytes: ByteBuffer, _ continuation: CheckedContinuation<Void, any Error>) {
        guard let active, active.id == id, let context, machine.hasSentHead else {
            return continuation.resume(throwing: ConnectionLost(reason: "the request is over"))
        }
        write(bytes, context)
        context.flush()
        block(continuation, context)
    }

    func finish(_ id: Int, _ continuation: CheckedContinuation<Void, any Error>) {
        guard let active, active.id == id, let context, machine.hasSentHead else {
            return continuation.resume(throwing: ConnectionLost(reason: "the request is over"))
        }
        continuation.resume()
        complete(context)
    }

    /// Only closing tells an HTTP/1.1 client that a response is not whole.
    func abort(_ id: Int) {
        guard active?.id == id else { return }
        context?.close(promise: nil)
    }

    private func write(_ body: ByteBuffer, _ context: ChannelHandlerContext) {
        writtenBytes += body.readableBytes
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    }

    /// Bytes that the client has not taken, as far as this side of the socket knows.
    private func unsentBytes(_ context: ChannelHandlerContext) -> Int {
        // Fails once the channel is closed: then nothing is left to be taken.
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private func report(unsent: Int) {
        guard unsent != reportedUnsent else { return }
        runner.unsent.add(unsent - reportedUnsent)
        reportedUnsent = unsent
    }

    private func block(_ continuation: CheckedContinuation<Void, any Error>, _ context: ChannelHandlerContext) {
        if context.channel.isWritable {
            continuation.resume()
        } else {
            precondition(blockedWriter == nil, "a response has one writer")
            blockedWriter = continuation
        }
        report(unsent: unsentBytes(context))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            blockedWriter.take()?.resume()
            processPending(context)
            readIfWanted()
        }
        report(unsent: unsentBytes(context))
        context.fireChannelWritabilityChanged()
    }

    private func complete(_ context: ChannelHandlerContext) {
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: written)
        _ = active?.pipe.abandon()
        active = nil
        idleSince = .now()
        report(unsent: unsentBytes(context))
        switch machine.responseEnd() {
        case .next:
            processPending(context)
            readIfWanted()
        case .linger:
            pending.removeAll()
            linger(context)
        case .close:
            pending.removeAll()
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            written.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        }
    }

    private func linger(_ context: ChannelHandlerContext) {
        lingerSince = .now()
        context.close(mode: .output, promise: nil)
        readIfWanted()
    }

    // MARK: Timeouts

    private func tick() {
        guard let context else { return }
        let now = NIODeadline.now()
        let unsent = unsentBytes(context)
        let rate = runner.configuration.limits.minimumBytesPerSecond
        report(unsent: unsent)
        if unsent > 0 { idleSince = now }
        let isTooSlow = pace.isTooSlow(
            unsent: unsent, taken: max(0, writtenBytes - unsent), now: now, silence: TimeAmount(timeouts.write),
            rate: rate)
        if let lingerSince {
            if now - lingerSince > Self.lingerTime { context.close(promise: nil) }
        } else if isTooSlow {
            runner.logger.debug("connection closed: the client does not read its response")
            context.close(promise: nil)
        } else if machine.isIdle {
            if let headerSince, now - headerSince > TimeAmount(timeouts.header) {
                let detail = "the request header was not complete within \(timeouts.header.readable)"
                answerUnparsable(ProblemResponse(kind: .requestTimeout, detail: detail), context)
            } else if now - idleSince > TimeAmount(timeouts.idle) {
                context.close(promise: nil)
            }
        } else if let active {
            active.pipe.expire(after: timeouts.body, rate: rate, now: now)
        }
    }
}
